import { rooms } from '../../infrastructure/rooms.ts'
import { reservedBy } from '../core/reserved.ts'

/** What each instance keeps for its rooms. */
export const reserved = reservedBy(rooms.flatMap(({ reserved: its }) => its ?? []))

import { rooms } from '../../infrastructure/rooms.ts'
import { reservedBy } from '../core/reserved.ts'

/** What each instance keeps for its rooms. */
export const reserved = reservedBy(
  rooms.flatMap((room) => ('reserved' in room && room.reserved ? [room.reserved] : [])),
)

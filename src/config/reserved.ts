import { appReserved } from '../../infrastructure/app/reserved.ts'
import { backupReserved } from '../../infrastructure/backup/reserved.ts'
import { cdnReserved } from '../../infrastructure/cdn/reserved.ts'
import { databaseReserved } from '../../infrastructure/database/reserved.ts'
import { reservedBy } from '../core/reserved.ts'

/** What each instance keeps for its rooms. */
export const reserved = reservedBy([databaseReserved, appReserved, cdnReserved, backupReserved])

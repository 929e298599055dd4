import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import type { BackupSettings } from '../settings.ts'
import { stateProofs, uploadProofs } from './proofs-data.ts'
import { replicationProofs } from './proofs-replication.ts'
import { figureProofs } from './proofs-figures.ts'
import { planProofs } from './proofs-plans.ts'
import { restoreTestProofs } from './proofs-restore-test.ts'
import { validationProofs } from './proofs-validation.ts'
import { vaultProofs } from './proofs-vault.ts'
import { databaseRules, daysOf, recoverDays, shortestDays, stateRules } from './retention.ts'
import type { BackupNeedsOnAws } from './stack.ts'

type Where = { readonly name: string; readonly account: string; readonly region: string }

/** All that the stack of a configuration is to have, resource by resource. */
export function backupProofs(
  { name, account, region }: Where,
  settings: BackupSettings,
  { database, copies, alarms }: BackupNeedsOnAws,
): readonly RoomProof[] {
  const primary = `arn:aws:rds:${region}:${account}:db:${database.primary}`
  const { infrequentAccess, archive, expiry } = settings.files
  return [
    ...vaultProofs(shortestDays(settings), settings.lock),
    ...planProofs({
      name,
      database: databaseRules(settings),
      state: stateRules(settings),
      copies: copies?.vault,
      primary,
    }),
    ...uploadProofs({
      infrequentAccess: daysOf(infrequentAccess),
      archive: daysOf(archive),
      expiry: daysOf(expiry),
    }),
    ...replicationProofs(copies?.uploads),
    ...stateProofs(recoverDays(settings)),
    ...restoreTestProofs({ name, primary, subnets: database.subnets, group: database.group }),
    ...validationProofs({ name, account, region, reader: database.reader, functions: database.functions }),
    ...figureProofs({ name, primary }, alarms),
  ]
}

import type { Screen } from '../../src/core/screen.ts'
import type { World } from '../../src/core/world.ts'
import { type Backups, recordNames } from './backups.ts'
import { readCatalog, tiers } from './catalog.ts'
import { makeBackup } from './make-backup.ts'
import { begun, finish, requireNoneBegun } from './replacement.ts'
import { inBackupTurn } from './turn.ts'
import { inWords, verifyBackup } from './verification.ts'

/**
 * The first backup of an instance, which counts for every tier, or the one that a restore in place of the live database
 * still owes; and its verification: a backup counts once its content came back. Does nothing where both are there.
 */
export async function owedBackup(backups: Backups, world: World, screen: Screen): Promise<void> {
  if (!backups.settings.enabled) return
  const replaced = await begun(backups)
  // Only one that leads has nothing left but this. Of any other the copy would go with its note, and nobody be told.
  if (replaced && replaced.phase !== 'leads') await requireNoneBegun(backups)
  // It was cut off before it did so itself.
  if (replaced) await backups.database.replaceable.noteLosses(replaced.at, world)
  const isFirst = (await readCatalog(backups.paths.catalog)).length === 0
  const isMade = !replaced && !isFirst
  const record = await backups.records.newest(recordNames.verification)
  const isVerified = record !== undefined && 'facts' in record && record.facts['good'] === true
  if (isMade && isVerified) return
  await screen.during(
    isFirst ? 'first backup' : 'backup',
    (task) =>
      inBackupTurn({ backups, world }, 'backup now', task, async () => {
        if (!isMade) await makeBackup(backups, isFirst ? tiers : ['daily'], backups.bounds, world, task.say)
        const verified = await verifyBackup(backups, world, task.say)
        if (replaced) await finish(backups, replaced)
        return verified
      }),
    ({ facts }) => inWords(facts),
  )
}

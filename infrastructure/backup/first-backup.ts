import type { Screen } from '../../src/core/screen.ts'
import type { World } from '../../src/core/world.ts'
import { type Backups, recordNames } from './backups.ts'
import { readCatalog, tiers } from './catalog.ts'
import { makeBackup } from './make-backup.ts'
import { inBackupTurn } from './turn.ts'
import { inWords, verifyBackup } from './verification.ts'

/**
 * The first backup of an instance, which counts for every tier, and its verification: a backup counts once its content
 * came back. Does nothing where both are there.
 */
export async function firstBackup(backups: Backups, world: World, screen: Screen): Promise<void> {
  if (!backups.settings.enabled) return
  const isMade = (await readCatalog(backups.paths.catalog)).length > 0
  const record = await backups.records.newest(recordNames.verification)
  const isVerified = record !== undefined && 'facts' in record && record.facts['good'] === true
  if (isMade && isVerified) return
  await screen.during(
    'first backup',
    (task) =>
      inBackupTurn({ backups, world }, 'backup now', task, async () => {
        if (!isMade) await makeBackup(backups, tiers, backups.bounds, world, task.say)
        return verifyBackup(backups, world, task.say)
      }),
    ({ facts }) => inWords(facts),
  )
}

import { recordNames } from '../../infrastructure/backup/backups.ts'
import { boundsOf } from '../../infrastructure/backup/alarms.ts'
import { readCatalog, tiers } from '../../infrastructure/backup/catalog.ts'
import { makeBackup } from '../../infrastructure/backup/make-backup.ts'
import { inWords, verifyBackup } from '../../infrastructure/backup/verification.ts'
import { machineError, OperatorError } from '../core/errors.ts'
import { inBackupTurn } from './backup-turn.ts'
import type { ProgressScreen } from './screen/progress.ts'
import type { Session } from './session.ts'

/**
 * The first backup of an instance, which counts for every tier, and its verification: a backup counts once its content
 * came back. Does nothing where both are there. One that fails stops nothing, as all else is up: it is told why, what is
 * promised of backups is judged as broken, and false is answered.
 */
export async function firstBackup(session: Session, screen: ProgressScreen): Promise<boolean> {
  try {
    await makeFirst(session, screen)
    return true
  } catch (error) {
    const known = error instanceof OperatorError ? error : machineError(error)
    if (!known || session.world.signal.aborted) throw error
    const hints = known.hints.map((hint) => `  hint: ${hint}\n`).join('')
    session.world.stderr.write(`${known.where}: ${known.message}\n${hints}`)
    return false
  }
}

async function makeFirst(session: Session, screen: ProgressScreen): Promise<void> {
  const { composed, configuration, world } = session
  const { backups } = composed
  if (!configuration.backup.enabled) return
  const isMade = (await readCatalog(backups.paths.catalog)).length > 0
  const record = await backups.records.newest(recordNames.verification)
  const isVerified = record !== undefined && 'facts' in record && record.facts['good'] === true
  if (isMade && isVerified) return
  await screen.during(
    'first backup',
    (task) =>
      inBackupTurn(session, 'backup now', task, async () => {
        if (!isMade) await makeBackup(backups, tiers, boundsOf(configuration), world, task.say)
        return verifyBackup(backups, world, task.say)
      }),
    ({ facts }) => inWords(facts),
  )
}

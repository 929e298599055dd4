import { boundsOf } from '../../infrastructure/backup/alarms.ts'
import { bytesOf, listBackups } from '../../infrastructure/backup/listing.ts'
import { type Tier, tiers } from '../../infrastructure/backup/catalog.ts'
import { type BackupMade, makeBackup, makeFilesBackup } from '../../infrastructure/backup/make-backup.ts'
import { inWords, verifyBackup } from '../../infrastructure/backup/verification.ts'
import { nextRuns } from '../../infrastructure/backup/next-runs.ts'
import { type Repository, repositoryOf } from '../../infrastructure/backup/which-repository.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { inBackupTurn } from './backup-turn.ts'
import { unknown } from './components.ts'
import { columnLines } from './screen/columns.ts'
import { ProgressScreen } from './screen/progress.ts'
import { textOption } from './open.ts'
import { openExisting, type Session } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from './words.ts'

const actions = ['now', 'list', 'verify', 'schedule'] as const
type Action = (typeof actions)[number]
const kinds = [...tiers, 'files'] as const
type Kind = Tier | 'files'

/** Makes backups, lists them, verifies the newest one, and shows when the agent does so. */
export const backup: VerbRun = async (world, positional, options) => {
  const [named = 'list', word] = words(positional)
  const action = actions.find((one) => one === named)
  if (!action) throw unknown('backup', named, actions)
  const what = word === undefined ? 'daily' : kinds.find((one) => one === word)
  if (!what) throw unknown('backup now', word ?? '', kinds)
  const from = repositoryOf(textOption(options, 'from'))
  const session = await openExisting(world, options)
  if (!session.configuration.backup.enabled)
    throw new OperatorError(
      'backup.enabled',
      'backups are switched off',
      'set backup.enabled to true, then edge up',
      exit.usage,
    )
  const screen = new ProgressScreen(world.stdout, { silent: options['json'] === true })
  try {
    const report = await does[action](session, screen, what, from)
    if (options['json'] === true) world.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
    return exit.ok
  } finally {
    screen.close()
  }
}

type Does = (session: Session, screen: ProgressScreen, what: Kind, from: Repository) => Promise<unknown>

const does: Readonly<Record<Action, Does>> = {
  now: async (session, screen, tier) => {
    const { composed, configuration, world } = session
    if (tier === 'files') return changedFiles(session, screen)
    const made = await screen.during(
      'backup',
      (task) =>
        inBackupTurn(session, `backup now ${tier}`, task, () =>
          makeBackup(composed.backups, [tier], boundsOf(configuration), world, task.say),
        ),
      (done) => `${tier}, ${inShort(done)}`,
    )
    return {
      number: made.entry.number,
      tiers: made.entry.tiers,
      at: made.entry.at,
      labels: made.entry.database.labels,
      took: made.entry.took,
      expired: made.expired,
    }
  },
  verify: async (session, screen) =>
    screen.during(
      'verification',
      (task) =>
        inBackupTurn(session, 'backup verify', task, () =>
          verifyBackup(session.composed.backups, session.world, task.say),
        ),
      ({ facts }) => inWords(facts),
    ),
  list: async ({ composed, world }, screen, _, from) => {
    const list = await listBackups(composed.backups, from, world)
    const rows = list.backups.map(({ at, tiers: its, label, bytes, stored, state }) => [
      at,
      its.join(','),
      label,
      bytesOf(bytes),
      bytesOf(stored),
      state,
    ])
    show(screen, ['made at', 'tier', 'backup', 'database', 'stored', ''], rows)
    screen.line(`\n  any second from ${list.from ?? 'none'} to ${list.to ?? 'none'} (edge restore database --to …)`)
    return list
  },
  schedule: async ({ composed, world }, screen) => {
    const runs = await nextRuns(composed.backups, world)
    const rows = runs.map(({ name, cron, last, next, took, what }) => [
      name,
      cron,
      last ?? 'never',
      next,
      took ?? '',
      what ?? '',
    ])
    show(screen, ['what', 'when', 'last', 'next', 'took', ''], rows)
    return { schedule: runs }
  },
}

function show(screen: ProgressScreen, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = heads.map((name, index) => ({ name, cells: [name, ...rows.map((row) => row[index] ?? '')] }))
  for (const line of columnLines(cells, ['', 'stored', 'took'], screen.output)) screen.line(`  ${line}`)
}

async function changedFiles(session: Session, screen: ProgressScreen) {
  const { composed, world } = session
  const files = await screen.during(
    'backup',
    (task) => inBackupTurn(session, 'backup now files', task, () => makeFilesBackup(composed.backups, world, task.say)),
    (count) => (count === undefined ? 'no file has changed' : `${count} files`),
  )
  return { files: files ?? null }
}

/** What was made, for the line of its end. */
export function inShort({ entry, expired }: BackupMade): string {
  const gone = expired.backups + expired.snapshots
  const over = gone === 0 ? '' : `, ${gone} expired`
  return `${bytesOf(entry.database.bytes)} and ${entry.files.files} files${over}`
}

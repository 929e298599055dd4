import { resolve } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { unknown } from '../../src/core/nearest.ts'
import { type Options, textOption, words } from '../../src/core/options.ts'
import type { Screen } from '../../src/core/screen.ts'
import type { Before, InstanceVerb } from '../../src/core/verb.ts'
import type { Backups } from './backups.ts'
import { type Tier, tiers } from './catalog.ts'
import { compare, showDifferences } from './compare.ts'
import { requirePlain } from './fresh-folder.ts'
import { sayLinksOut } from './links-out.ts'
import { listBackups } from './listing.ts'
import { type BackupMade, makeBackup, makeFilesBackup } from './make-backup.ts'
import { nextRuns } from './next-runs.ts'
import { bytesOf } from './progress.ts'
import { inBackupTurn, type Session } from './turn.ts'
import { inWords, verifyBackup } from './verification.ts'
import { bareInWords, everyInWords, verifyDeep, verifyEvery } from './verify-every.ts'
import { type Repository, repositoryOf } from './which-repository.ts'

const actions = ['now', 'list', 'verify', 'schedule', 'compare'] as const
type Action = (typeof actions)[number]
const kinds = [...tiers, 'files'] as const
type Kind = Tier | 'files'

/** What the command line asks for. Throws OperatorError (exit 2). */
function wantedOf(positional: readonly unknown[], options: Options) {
  const [named = 'list', word] = words(positional)
  const action = actions.find((one) => one === named)
  if (!action) throw unknown('backup', named, [...actions, 'recovery-sheet'])
  const isDeep = options['deep'] === true
  if (isDeep && action !== 'verify')
    throw new OperatorError('--deep', 'is for verify alone', 'edge backup verify --deep', exit.usage)
  if (action === 'compare') return { action, what: 'daily', from: 1, folder: folderOf(word, options), isDeep } as const
  const what = word === undefined ? 'daily' : kinds.find((one) => one === word)
  if (!what) throw unknown('backup now', word ?? '', kinds)
  return { action, what, from: repositoryOf(textOption(options, 'from')), folder: undefined, isDeep }
}

/** As whoever typed the command means it; see asked. */
function folderOf(word: string | undefined, options: Options): string {
  const folder = textOption(options, 'folder') ?? word
  if (folder !== undefined) return folder
  throw new OperatorError('compare', 'needs the folder of a copy', 'edge backup compare /srv/restored', exit.usage)
}

/** Before an instance is looked for: a mistake in the command line is told first. */
export const asked: Before = async (world, positional, options) => {
  const { folder } = wantedOf(positional, options)
  if (folder === undefined) return options
  const whole = resolve(world.cwd, folder)
  requirePlain(whole, 'compare')
  return { ...options, folder: whole }
}

type Run = Awaited<ReturnType<InstanceVerb<Backups>['load']>>

/** Makes backups, lists them, verifies the newest one, and shows when the agent does so. */
export const backup: Run = async (backups, world, positional, options, screen) => {
  const { action, what, from, folder = '', isDeep } = wantedOf(positional, options)
  if (!backups.settings.enabled)
    throw new OperatorError(
      'backup.enabled',
      'backups are switched off',
      'set backup.enabled to true, then edge up',
      exit.usage,
    )
  const report = await does[action]({ backups, world }, screen, { what, from, folder, isDeep })
  if (options['json'] === true) world.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  return exit.ok
}

/** Left out first where a terminal is narrow. */
const leastNeeded = ['', 'stored', 'took']

type Wanted = {
  readonly what: Kind
  readonly from: Repository
  readonly folder: string
  readonly isDeep: boolean
}
type Does = (session: Session, screen: Screen, wanted: Wanted) => Promise<unknown>

const does: Readonly<Record<Action, Does>> = {
  now: async (session, screen, { what: tier }) => {
    const { backups, world } = session
    if (tier === 'files') return changedFiles(session, screen)
    const made = await screen.during(
      'backup',
      (task) =>
        inBackupTurn(session, `backup now ${tier}`, task, () =>
          makeBackup(backups, [tier], backups.bounds, world, task.say),
        ),
      (done) => `${tier}, ${inShort(done)}`,
    )
    const { linksOut } = made.entry.files
    const outside = linksOut && sayLinksOut(linksOut)
    if (outside !== undefined) screen.line(`  ${outside}`)
    return {
      number: made.entry.number,
      tiers: made.entry.tiers,
      at: made.entry.at,
      labels: made.entry.database.labels,
      took: made.entry.took,
      expired: made.expired,
      linksOut: linksOut ?? null,
    }
  },
  verify: async (session, screen, { isDeep }) => {
    if (!isDeep) return verifyNewest(session, screen)
    // Where the newest one is no good, the more is to be known of the others.
    const [newest] = await Promise.allSettled([verifyNewest(session, screen)])
    if (newest.status === 'rejected' && !(newest.reason instanceof OperatorError)) throw newest.reason
    const every = await eachBackup(session, screen)
    const bare = bareInWords(every.facts)
    if (bare !== undefined) screen.line(`  ${bare}`)
    if (newest.status === 'rejected') throw newest.reason
    return { ...newest.value, every }
  },
  list: async ({ backups, world }, screen, { from }) => {
    const list = await listBackups(backups, from, world)
    const rows = list.backups.map(({ at, tiers: its, label, bytes, stored, state }) => [
      at,
      its.join(','),
      label,
      bytesOf(bytes),
      bytesOf(stored),
      state,
    ])
    screen.rows(['made at', 'tier', 'backup', 'database', 'stored', ''], rows, leastNeeded)
    screen.line(`\n  any second from ${list.from ?? 'none'} to ${list.to ?? 'none'} (edge restore database --to …)`)
    return list
  },
  schedule: async ({ backups, world }, screen) => {
    const runs = await nextRuns(backups, world)
    const rows = runs.map(({ name, cron, last, next, took, what, failed }) => [
      name,
      cron,
      last ?? 'never',
      next,
      took ?? '',
      failed === null ? (what ?? '') : inWordsOfFailure(failed, last, what),
    ])
    screen.rows(['what', 'when', 'last', 'next', 'took', ''], rows, leastNeeded)
    return { schedule: runs }
  },
  compare: async (session, screen, { folder }) => {
    const { backups, world } = session
    const tables = await screen.during(
      'compare',
      (task) => inBackupTurn(session, 'backup compare', task, () => compare(backups, folder, world, task.say)),
      (all) => `${all.length} tables`,
    )
    showDifferences(tables, screen)
    return { tables }
  },
}

const verifyNewest = (session: Session, screen: Screen) =>
  screen.during(
    'verification',
    (task) =>
      inBackupTurn(session, 'backup verify', task, () => verifyBackup(session.backups, session.world, task.say)),
    ({ facts }) => inWords(facts),
  )

const eachBackup = (session: Session, screen: Screen) =>
  screen.during(
    'every backup',
    (task) => {
      const inTurn = (work: () => Promise<void>) => inBackupTurn(session, verifyDeep, task, work)
      return verifyEvery(session.backups, inTurn, session.world, task.say)
    },
    ({ facts }) => everyInWords(facts),
  )

/** A verification that failed is the last one, and says why; of a backup that failed, the last good one is named beside it. */
const inWordsOfFailure = (failed: string, last: string | null, what: string | null): string =>
  failed === last && what !== null ? `failed: ${what}` : `failed at ${failed}: edge logs agent`

async function changedFiles(session: Session, screen: Screen) {
  const { backups, world } = session
  const files = await screen.during(
    'backup',
    (task) => inBackupTurn(session, 'backup now files', task, () => makeFilesBackup(backups, world, task.say)),
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

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Backups, Say } from '../../infrastructure/backup/backups.ts'
import { restoreFiles } from '../../infrastructure/backup/restore-files.ts'
import { restoreDatabase } from '../../infrastructure/backup/restore.ts'
import { restoreState } from '../../infrastructure/backup/restore-state.ts'
import { makeFor } from '../../infrastructure/backup/fresh-folder.ts'
import { momentOf } from '../../infrastructure/backup/moment.ts'
import { type Repository, repositoryOf } from '../../infrastructure/backup/which-repository.ts'
import { exit, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { inBackupTurn } from './backup-turn.ts'
import { unknown } from './components.ts'
import { load, textOption } from './open.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from './words.ts'

type Wanted = {
  readonly path: string | undefined
  readonly to: Date
  readonly folder: string
  readonly from: Repository
}
type Done = { readonly report: object; readonly says: string; readonly next: readonly string[] }

/** Brings something back as it was, into a folder of its own. Nothing that runs is touched. */
export const restore: VerbRun = async (world, positional, options) => {
  const [what = '', path] = words(positional)
  const work = does[what]
  if (!work) throw unknown('restore', what, Object.keys(does))
  const into = textOption(options, 'into')
  if (into === undefined)
    throw new OperatorError(
      '--into',
      'is missing: a restore never goes over what is there',
      `edge restore ${what} --into /srv/restored`,
      exit.usage,
    )
  const to = momentOf(textOption(options, 'to'), world.now())
  const from = repositoryOf(textOption(options, 'from'))
  const wanted = { path, to, folder: resolve(world.cwd, into), from }
  if (world.uid === 0) await makeFor(wanted.folder, await ownerOf((await load(world, options)).state))
  const session = await openExisting(world, options)
  const screen = new ProgressScreen(world.stdout, { silent: options['json'] === true })
  try {
    const { report, next } = await screen.during(
      'restore',
      (task) =>
        inBackupTurn(session, `restore ${what}`, task, () =>
          work(session.composed.backups, wanted, session.world, task.say),
        ),
      ({ says }) => `${what}: ${says}`,
    )
    if (options['json'] === true) world.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
    else for (const line of next) screen.line(`  ${line}`)
    return exit.ok
  } finally {
    screen.close()
  }
}

/** The engines' user, to whom the state belongs. Throws OperatorError where there is no instance. */
const ownerOf = (state: string) =>
  stat(state).catch(() => {
    throw new OperatorError('restore', `there is no instance (${state})`, 'edge up brings it up')
  })

const does: Readonly<Record<string, (backups: Backups, wanted: Wanted, world: World, say: Say) => Promise<Done>>> = {
  database: async (backups, wanted, world, say) => {
    const report = await restoreDatabase(backups, wanted, world, say)
    return {
      report,
      says: `${report.rows} rows in ${report.tables} tables, as of ${report.to}; answered after ${(report.answeredAfter / 1000).toFixed(1)} s`,
      next: report.next,
    }
  },
  state: async (backups, wanted, world, say) => {
    const report = await restoreState(backups, wanted, world, say)
    return { report, says: `${report.tables} tables, as of ${report.to}`, next: report.next }
  },
  files: async (backups, wanted, world, say) => {
    const report = await restoreFiles(backups, wanted, world, say)
    return { report, says: `${report.files} files of ${report.of}`, next: [`they lie below ${report.folder}`] }
  },
}

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { unknown } from '../../src/core/nearest.ts'
import { type Options, textOption, words } from '../../src/core/options.ts'
import { inSeconds } from '../../src/core/units.ts'
import type { Before, InstanceVerb } from '../../src/core/verb.ts'
import type { World } from '../../src/core/world.ts'
import type { Backups, Say } from './backups.ts'
import { makeFor, requirePlain } from './fresh-folder.ts'
import { sayLinksOut } from './links-out.ts'
import { momentOf } from './moment.ts'
import { restoreFiles } from './restore-files.ts'
import { restoreState } from './restore-state.ts'
import { restoreDatabase } from './restore.ts'
import { inBackupTurn } from './turn.ts'
import { type Repository, repositoryOf } from './which-repository.ts'

type Wanted = {
  readonly path: string | undefined
  readonly to: Date
  readonly folder: string
  readonly from: Repository
}
type Done = { readonly report: object; readonly says: string; readonly next: readonly string[] }

/** What the command line asks for. Throws OperatorError (exit 2). */
function wantedOf(world: World, positional: readonly unknown[], options: Options) {
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
  const folder = resolve(world.cwd, into)
  // Files are only laid down.
  if (what !== 'files') requirePlain(folder, '--into')
  const to = momentOf(textOption(options, 'to'), world.now())
  const from = repositoryOf(textOption(options, 'from'))
  return { what, work, wanted: { path, to, folder, from } }
}

/** Only whoever typed the command knows which folder `--into` means, and may make one that the engines' user may write. */
export const beforeRestore: Before = async (world, positional, options, { state }) => {
  const { folder } = wantedOf(world, positional, options).wanted
  if (world.uid === 0) await makeFor(folder, await ownerOf(await state()))
  return { ...options, into: folder }
}

type Run = Awaited<ReturnType<InstanceVerb<Backups>['load']>>

/** Brings something back as it was, into a folder of its own. Nothing that runs is touched. */
export const restore: Run = async (backups, world, positional, options, screen) => {
  const { what, work, wanted } = wantedOf(world, positional, options)
  const { report, next } = await screen.during(
    'restore',
    (task) => inBackupTurn({ backups, world }, `restore ${what}`, task, () => work(backups, wanted, world, task.say)),
    ({ says }) => `${what}: ${says}`,
  )
  if (options['json'] === true) world.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  else for (const line of next) screen.line(`  ${line}`)
  return exit.ok
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
      says: `${report.rows} rows in ${report.tables} tables, as of ${report.to}; answered after ${inSeconds(report.answeredAfter)}`,
      next: report.next,
    }
  },
  state: async (backups, wanted, world, say) => {
    const { found: _, shape: __, ...report } = await restoreState(backups, wanted, world, say)
    return { report, says: `${report.tables} tables, as of ${report.to}`, next: report.next }
  },
  files: async (backups, wanted, world, say) => {
    const report = await restoreFiles(backups, wanted, world, say)
    const outside = sayLinksOut(report.linksOut)
    return {
      report,
      says: `${report.files} files of ${report.of}`,
      next: [`they lie below ${report.folder}`, ...(outside === undefined ? [] : [outside])],
    }
  },
}

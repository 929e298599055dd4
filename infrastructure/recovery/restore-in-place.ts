import { agreed, requireTerminal } from '../../src/cli/ask.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { openExisting } from '../../src/cli/session.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import { momentOf } from '../backup/moment.ts'
import { inBackupTurn } from '../backup/turn.ts'
import { repositoryOf } from '../backup/which-repository.ts'
import { lineOf, replaceDatabase, sessionOf, type Replace } from './replace-database.ts'
import { replaceState } from './replace-state.ts'

const replaces: Readonly<Record<string, Replace>> = { database: replaceDatabase, state: replaceState }

/** Restores something beside what is live, looks it through, asks, and puts it in its place. */
export const restoreInPlace: VerbRun = async (world, [named], options) => {
  const what = String(named)
  if (options['into'] !== undefined)
    throw new OperatorError('--replace', 'and --into exclude each other', 'choose one of both', exit.usage)
  const replace = replaces[what]
  if (!replace) {
    const instead = `edge restore ${what} --into /srv/restored`
    throw new OperatorError('--replace', `is for the database or the state (got ${what})`, instead, exit.usage)
  }
  const asking = { where: '--replace', inScripts: `edge restore ${what} --replace --yes` }
  if (options['yes'] !== true) requireTerminal(world, asking)
  const to = textOption(options, 'to')
  const wanted = {
    to: momentOf(to, world.now()),
    isNow: to === undefined,
    from: repositoryOf(textOption(options, 'from')),
  }
  const session = await openExisting(world, options)
  const screen = new ProgressScreen(world.stdout, { silent: options['json'] === true })
  const ask = async (): Promise<boolean> =>
    options['yes'] === true || agreed(session.world, { ...asking, message: 'Put it in the place of what is live?' })
  try {
    const report = await inBackupTurn(sessionOf(session), `restore ${what} --replace`, { say: lineOf(screen) }, () =>
      replace(session, screen, wanted, ask),
    )
    if (options['json'] === true) world.stdout.write(`${JSON.stringify(report ?? { replaced: false }, undefined, 2)}\n`)
    return exit.ok
  } finally {
    screen.close()
  }
}

import { join } from 'node:path'
import { exit, OperatorError } from '../core/errors.ts'
import { lastLines } from '../targets/local/log.ts'
import { supervisorPaths } from '../targets/local/s6.ts'
import { unknown } from './components.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from './words.ts'

/** Sends a message to everybody who is told of alarms, and shows who has it, or why not. */
export const notify: VerbRun = async (world, positional, options) => {
  const json = options['json'] === true
  const [what = 'test'] = words(positional)
  if (what !== 'test') throw unknown('notify', what, ['test'])
  const { instance, composed, world: inside } = await openExisting(world, options)
  const { announce } = composed
  if (!announce) throw new OperatorError('notify', 'monitoring is switched off here', 'monitoring: { enabled: true }')
  const screen = new ProgressScreen(world.stdout, { silent: json })
  try {
    const seen = await screen.during(
      'message',
      () => announce(inside),
      ({ missing, ms }) =>
        missing.length === 0 ? `with everybody after ${(ms / 1000).toFixed(1)} s` : 'not with everybody',
      ({ missing }) => missing.length === 0,
    )
    const reasons = seen.missing.length === 0 ? [] : await reasonsIn(instance.state)
    if (json) world.stdout.write(`${JSON.stringify({ ...seen, reasons }, undefined, 2)}\n`)
    if (seen.missing.length === 0) {
      if (!json) world.stdout.write(`  by ${seen.by.join(', ')}: ${seen.says ?? ''}\n`)
      return exit.ok
    }
    throw new OperatorError('notify', `did not reach ${seen.missing.join(', ')}`, [
      ...reasons,
      'edge logs alertmanager',
    ])
  } finally {
    screen.close()
  }
}

/** Alertmanager's own words for what it could not deliver, each once: the newest few. */
async function reasonsIn(state: string): Promise<readonly string[]> {
  const lines = await lastLines(join(supervisorPaths(state).logs, 'alertmanager', 'current'), 40)
  const said = lines.flatMap((line) => /err="?((?:[^"\\]|\\.)*)"?/.exec(line)?.[1] ?? [])
  return [...new Set(said)].slice(-3)
}

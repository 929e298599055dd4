import { join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { unknown } from '../../src/core/nearest.ts'
import { words } from '../../src/core/options.ts'
import { inSeconds } from '../../src/core/units.ts'
import type { Before, InstanceVerb } from '../../src/core/verb.ts'
import { lastLines } from '../../src/targets/local/log.ts'
import { announce } from './announce.ts'
import type { MonitoringEndpoint } from './endpoint.ts'

/** Before an instance is looked for: a mistake in the command line is told first. */
export const asked: Before = async (_, positional, options) => {
  const [what = 'test'] = words(positional)
  if (what !== 'test') throw unknown('notify', what, ['test'])
  return options
}

type Run = Awaited<ReturnType<InstanceVerb<MonitoringEndpoint>['load']>>

/** Sends a message to everybody who is told of alarms, and shows who has it, or why not. */
export const notify: Run = async (endpoint, world, _positional, options, screen) => {
  const json = options['json'] === true
  if ('off' in endpoint)
    throw new OperatorError('notify', 'monitoring is switched off here', 'monitoring: { enabled: true }')
  const seen = await screen.during(
    'message',
    () => announce(endpoint, world),
    ({ missing, ms }) => (missing.length === 0 ? `with everybody after ${inSeconds(ms)}` : 'not with everybody'),
    ({ missing }) => missing.length === 0,
  )
  const reasons = seen.missing.length === 0 ? [] : await reasonsIn(endpoint.logs)
  if (json) world.stdout.write(`${JSON.stringify({ ...seen, reasons }, undefined, 2)}\n`)
  if (seen.missing.length === 0) {
    if (!json) world.stdout.write(`  by ${seen.by.join(', ')}: ${seen.says ?? ''}\n`)
    return exit.ok
  }
  throw new OperatorError('notify', `did not reach ${seen.missing.join(', ')}`, [...reasons, 'edge logs alertmanager'])
}

/** Alertmanager's own words for what it could not deliver, each once: the newest few. */
async function reasonsIn(logs: string): Promise<readonly string[]> {
  const lines = await lastLines(join(logs, 'alertmanager', 'current'), 40)
  const said = lines.flatMap((line) => /err="?((?:[^"\\]|\\.)*)"?/.exec(line)?.[1] ?? [])
  return [...new Set(said)].slice(-3)
}

import { join } from 'node:path'
import { select } from '@inquirer/prompts'
import { exit, OperatorError } from '../core/errors.ts'
import { loopback } from '../../infrastructure/cdn/site.ts'
import { runScenario } from '../../infrastructure/load-testing/run.ts'
import { type Result, trialInWords } from '../../infrastructure/load-testing/result.ts'
import type { SeenSecond } from '../../infrastructure/load-testing/watch.ts'
import {
  extentOf,
  type ScenarioName,
  scenarioNames,
  type Shape,
} from '../../infrastructure/load-testing/scenarios/stages.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { siteTls } from '../targets/local/site-certificate.ts'
import { k6Path } from '../targets/local/tools.ts'
import { unknown } from '../core/nearest.ts'
import { documentStepLines } from './document-steps.ts'
import { words } from '../core/options.ts'
import { type Against, allowed } from './load-test-against.ts'
import { compareRuns } from './load-test-compare.ts'
import { exportScenario, writeStarter } from './load-test-files.ts'
import { preflight } from './load-test-preflight.ts'
import { requireMeant, wishOf } from './load-test-wish.ts'
import { ProgressScreen } from './screen/progress.ts'
import { style } from './screen/style.ts'
import { openExisting, type Session } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import type { Output, World } from '../core/world.ts'

export const loadTest: VerbRun = async (world, positional, options) => {
  const [first, ...others] = words(positional)
  requireMeant(first, options)
  if (first === 'compare') return compareRuns(world, others, options)
  if (first === 'export') return exportScenario(world, others, options)
  if (first === 'init' && others.length === 0) return writeStarter(world, options)
  if (others.length > 0) {
    throw new OperatorError('load-test', `one scenario at a time (got ${words(positional).join(' ')})`, [], exit.usage)
  }
  const json = options['json'] === true
  const wish = wishOf(options)
  const scenario = await scenarioOf(first, world)
  // As whoever called: the tools lie in the clone, which the engines' user may not write.
  const k6 = await k6Path(world)
  const session = await openExisting(world, options)
  const screen = new ProgressScreen(world.stdout, { silent: json })
  try {
    const against = wish.against === undefined ? undefined : await allowed(wish.against, session, options)
    if (!against) await requireRunning(session)
    for (const line of await preflight(session, scenario, { ...wish, against })) screen.line(`  ${line}`)
    const result = await runLoadTest(session, scenario, screen, { k6, shape: wish.shape, against })
    if (json) world.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
    else {
      const lines = [...resultLines(result, world.stdout), '', ...documentStepLines(['loadTesting'])]
      world.stdout.write(`${lines.join('\n')}\n`)
    }
    return result.verdict === 'passed' ? exit.ok : exit.failed
  } finally {
    screen.close()
  }
}

async function scenarioOf(named: string | undefined, world: World): Promise<ScenarioName> {
  const known = scenarioNames.find((name) => name === named)
  if (known) return known
  if (named !== undefined) throw unknown('scenario', named, scenarioNames)
  if (!world.stdinIsTTY || !world.stdout.isTTY) {
    throw new OperatorError('load-test', 'which scenario?', `edge load-test ${scenarioNames.join(' | ')}`, exit.usage)
  }
  const choices = scenarioNames.map((value) => {
    const { users, seconds } = extentOf(value)
    return { value, name: `${value.padEnd(8)}${users} users, ${Math.round(seconds / 60)} min` }
  })
  return select({ message: 'Which scenario?', choices }, { signal: world.signal })
}

/** Runs a scenario against what is up, with one live line. One at a time: two would measure each other. */
export async function runLoadTest(
  session: Session,
  scenario: ScenarioName,
  screen: ProgressScreen,
  {
    k6,
    shape = { scale: 1 },
    against,
  }: { readonly k6: string; readonly shape?: Shape; readonly against?: Against | undefined },
): Promise<Result> {
  const { instance, configuration, world } = session
  const { release, ...place } = await placeOf(session, against)
  const unlock = await lockInstance(instance.state, `load-test ${scenario}`, world.now(), 'load-test')
  try {
    return await screen.during(
      scenario,
      (task) =>
        runScenario(
          {
            k6,
            scenario,
            ...place,
            settings: configuration.loadTesting,
            release,
            folder: join(instance.state, 'load-tests'),
            shape,
            against,
            onSecond: (elapsed, total, seen) => task.say(liveLine(elapsed, total, seen)),
          },
          world,
        ),
      (result) => `${result.verdict}   ${figures(result)}`,
      ({ verdict }) => verdict === 'passed',
    )
  } finally {
    await unlock()
  }
}

async function requireRunning({ supervisor, instance }: Session): Promise<void> {
  if (await supervisor.isRunning()) return
  throw new OperatorError('load-test', `nothing of ${instance.name} runs`, 'edge up', exit.usage)
}

/** Where visitors go, and what is live there: an address that is not this instance's keeps that to itself. */
async function placeOf(session: Session, against: Against | undefined) {
  const { instance, composed, configuration } = session
  if (against) {
    const { site, isLoopback, password } = against
    const ca = isLoopback ? siteTls(instance.state, configuration.serve.certificate).ca : undefined
    return { site, ca, password, release: site, releaseNow: () => Promise.resolve(site) }
  }
  await requireRunning(session)
  const release = await composed.release()
  if (release === undefined) throw new OperatorError('load-test', 'nothing is published yet', 'edge up')
  return {
    site: composed.addresses.site,
    ca: siteTls(instance.state, configuration.serve.certificate).ca,
    connectTo: loopback,
    password: composed.testPassword,
    beside: { engines: await session.supervisor.running(), pool: composed.pool },
    release,
    releaseNow: composed.release,
  }
}

function liveLine(elapsed: number, total: number, seen: SeenSecond | undefined): string {
  const left = total - elapsed
  const time = left > 0 ? `${inMinutes(left)} left` : 'the last journeys come to their end'
  if (!seen) return time
  const p95 = seen.p95 === null ? '' : `   p95 ${Math.round(seen.p95)} ms`
  const errors = `   errors ${Math.round((seen.failedPercent ?? 0) * 10) / 10} %`
  return `${time}   ${seen.users} users   ${Math.round(seen.requestsPerSecond)} requests/s${p95}${errors}`
}

const inMinutes = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`

const figures = (result: Result): string =>
  [
    `${result.users} users`,
    `p95 ${Math.round(result.responseTime.p95)} ms`,
    `errors ${Math.round(result.errorPercent * 10) / 10} %`,
    `journeys ${result.journeys.completed} (≥ ${result.journeys.least})`,
  ].join('   ')

/** A run and what it measured, with the reasons where it did not pass. */
export function resultLines(result: Result, output: Output): readonly string[] {
  const { green, red, yellow, dim } = style(output)
  const paint = { passed: green, failed: red, invalid: yellow }[result.verdict]
  const trial = trialInWords(result)
  return [
    '',
    `  ${paint(result.verdict)}   ${figures(result)}`,
    ...result.reasons.map((reason) => `    ${reason}`),
    ...(trial === undefined ? [] : [`  ${yellow(`${trial}: a trial, it proves no promise`)}`]),
    ...result.steps.map(({ name, requests, p95, successPercent }) => {
      const time = String(Math.round(p95)).padStart(5)
      return `    ${name.padEnd(16)}${String(requests).padStart(7)} requests   p95 ${time} ms   right ${Math.round(successPercent)} %`
    }),
    `  ${dim(join(result.directory, 'report.html'))}`,
  ]
}

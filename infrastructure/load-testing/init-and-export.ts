import { access, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exit, type ExitCode, OperatorError } from '../../src/core/errors.ts'
import { unknown } from '../../src/core/nearest.ts'
import { type Options, textOption } from '../../src/core/options.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import type { World } from '../../src/core/world.ts'
import { capOf } from './against.ts'
import { k6OperatorFiles } from './export.ts'
import { scenarioNames } from './scenarios/stages.ts'
import type { LoadTestingSettings } from './settings.ts'
import { wishOf } from './wish.ts'

type Configured = () => Promise<LoadTestingSettings>

/** The folder of this clone. */
const project = resolve(import.meta.dirname, '../..')
const starter = 'load-test.journey.ts'
/** The image of the k6 that edge itself brings, or newer. */
const imageVersion = '1.1.0'
const mostRunners = 100

/** `edge load-test init`: the journey that is configured, in a file of its own to begin with. */
export async function writeStarter(world: World, options: Options, configured: Configured): Promise<ExitCode> {
  const { journey, choices } = await configured()
  const path = join(world.cwd, starter)
  await refuseExisting(path)
  const json = (value: unknown): string => JSON.stringify(value, undefined, 2)
  const text = `import type { ProductionConfig } from '${project}/src/config/schema.ts'

type LoadTesting = NonNullable<ProductionConfig['loadTesting']>

/** What stands in {braces} below: each visitor picks one from the list. {account} and {password} are there already. */
export const choices = ${json(choices)} satisfies LoadTesting['choices']

/** What a visitor does, step by step, with a pause after each. In production.config.ts: loadTesting: { journey, choices } */
export const journey = ${json(journey)} satisfies LoadTesting['journey']
`
  await writeFile(path, text)
  const next = `import { choices, journey } from './${starter}'`
  if (options['json'] === true) world.stdout.write(`${JSON.stringify({ file: path, next })}\n`)
  else world.stdout.write(`${path}\n  in production.config.ts: ${next}, and loadTesting: { choices, journey }\n`)
  return exit.ok
}

/** `edge load-test export SCENARIO --k6-operator --against URL --into FOLDER` */
export async function exportScenario(
  world: World,
  [named, ...more]: readonly string[],
  options: Options,
  configured: Configured,
): Promise<ExitCode> {
  const scenario = scenarioNames.find((name) => name === named)
  if (!scenario && named !== undefined) throw unknown('scenario', named, scenarioNames)
  const { against } = wishOf(options)
  const into = textOption(options, 'into')
  if (!scenario || more.length > 0 || options['k6Operator'] !== true || !against || into === undefined) {
    throw new OperatorError(
      'load-test export',
      'takes a scenario, --k6-operator, --against URL and --into FOLDER',
      'edge load-test export stress --k6-operator --against https://staging.example.com --into k6',
      exit.usage,
    )
  }
  const settings = await configured()
  const folder = resolve(world.cwd, into)
  await refuseExisting(folder)
  const requestsPerSecond = capOf(against, settings)
  const { script, manifest } = await k6OperatorFiles({
    scenario,
    site: against.origin,
    settings,
    runners: runnersOf(options['runners'], requestsPerSecond),
    requestsPerSecond,
    k6: imageVersion,
  })
  await mkdir(join(folder, 'script'), { recursive: true })
  for (const [name, text] of Object.entries(script)) await writeFile(join(folder, 'script', name), text)
  await writeFile(join(folder, 'manifest.yaml'), manifest)
  const next = [
    'kubectl create secret generic edge-load-test --from-file=password=FILE',
    `kubectl apply -f ${join(into, 'manifest.yaml')}`,
  ]
  if (options['json'] === true) world.stdout.write(`${JSON.stringify({ folder, next })}\n`)
  else world.stdout.write(`${folder}\n${next.map((line) => `  next: ${line}`).join('\n')}\n`)
  return exit.ok
}

/** Each pod sends one request a second at least: with more of them than the site is asked for, they would ask for more. */
function runnersOf(given: unknown, requestsPerSecond: number): number {
  const runners = given === undefined ? 1 : Number(given)
  const most = Math.min(mostRunners, requestsPerSecond)
  if (Number.isInteger(runners) && runners >= 1 && runners <= most) return runners
  const why = most < mostRunners ? `, as the site may be asked ${requestsPerSecond} times a second` : ''
  throw new OperatorError(
    '--runners',
    `must be a whole number from 1 to ${most}${why} (got "${String(given)}")`,
    most < mostRunners ? 'loadTesting.against says how much a site may be asked' : [],
    exit.usage,
  )
}

async function refuseExisting(path: string): Promise<void> {
  if (await succeeded(access(path)))
    throw new OperatorError(
      path,
      "is there already, and may be somebody's work",
      'move it away, or choose another',
      exit.usage,
    )
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import { ownNode } from '../core/process.ts'
import { inSeconds } from '../core/units.ts'
import type { Command, Output, World } from '../core/world.ts'
import { style } from './screen/style.ts'
import { addTallies, noTests, readTally, type Tally } from './test-tally.ts'
import type { VerbRun } from '../core/verb.ts'

const project = resolve(import.meta.dirname, '../..')
const minutes = 60_000
const kinds = ['static', 'unit', 'engine', 'emulator', 'load', 'browser', 'long'] as const
type Kind = (typeof kinds)[number]

/** Tests that share the cores: how many files at once, and whether they leave the processors to whoever wants them. */
type Group = { readonly names: readonly Kind[]; readonly together?: number; readonly givesWay?: true }

/**
 * What runs one after the other, and within it beside each other. Whole instances mostly wait for each other. The few
 * visitors of a short load test leave most of the machine free: others take that, and give way to what is measured.
 * Full-length runs are measured alone.
 */
const phases: readonly (readonly Group[])[] = [
  [{ names: ['static'] }],
  // The library leaves one core to itself.
  [{ names: ['unit'], together: 2 }],
  [{ names: ['engine'], together: 4 }],
  [
    { names: ['load'], together: 2 },
    { names: ['emulator', 'browser'], together: 2, givesWay: true },
  ],
  [{ names: ['long'], together: 1 }],
]

/** Each is one check: passed when it ends with 0. Some have several commands. */
const staticChecks: Readonly<Record<string, readonly Command[]>> = {
  types: [
    ['tsc', '-p', 'tsconfig.json'],
    ['tsc', '-p', 'app/web/tsconfig.json'],
    ['tsc', '-p', 'infrastructure/load-testing/scenarios/tsconfig.json'],
  ],
  lint: [['oxlint', '--deny-warnings']],
  format: [['oxfmt', '--check']],
  'dead code': [['knip']],
}

/** `edge test`: runs the tests of edge itself, and ends with `N passed, N failed`. */
export const runTests: VerbRun = async (given, _positional, options) => {
  const chosen = chooseKinds(options['only'], options['long'] === true)
  const world = withTools(given)
  const begin = performance.now()
  let total = noTests
  // What is quick needs no engine, and runs while they are fetched.
  const prepared = chosen.some(needsEngines) ? prepareEngines(world) : Promise.resolve()
  prepared.catch(() => undefined)
  for (const phase of phases) {
    const groups = phase.map((group) => ({ ...group, names: group.names.filter((name) => chosen.includes(name)) }))
    const wanted = groups.filter(({ names }) => names.length > 0)
    if (wanted.some(({ names }) => names.some(needsEngines))) await prepared
    const tallies = await Promise.all(wanted.map((group) => runGroup(group, world)))
    total = tallies.reduce(addTallies, total)
  }
  world.stdout.write(`\n${seconds(begin)} in all\n${total.passed} passed, ${total.failed} failed\n`)
  return testsExitCode(total)
}

const needsEngines = (kind: Kind): boolean => kind !== 'static' && kind !== 'unit'

async function prepareEngines(world: World): Promise<void> {
  // Loaded only here: it composes all rooms, and a mistake in one must not keep the other tests from running.
  const { prepareForTests } = await import('./prepare.ts')
  await prepareForTests(world)
}

function testsExitCode({ passed, failed }: Tally): ExitCode {
  return failed === 0 && passed > 0 ? exit.ok : exit.failed
}

function chooseKinds(only: unknown, long: boolean): readonly Kind[] {
  if (only === undefined) return kinds.filter((kind) => kind !== 'long' || long)
  const chosen = kinds.find((kind) => kind === only)
  if (chosen) return [chosen]
  throw new OperatorError(
    '--only',
    `must be one of ${kinds.join(', ')} (got ${String(only)})`,
    'edge test --only unit',
    exit.usage,
  )
}

/** The programs of node_modules, on the Node that runs this: they ask PATH for `node`, which may be an older one. */
function withTools(world: World): World {
  const folders = [dirname(ownNode), join(project, 'node_modules/.bin')]
  const env = {
    ...world.env,
    PATH: [...folders, world.env['PATH'] ?? ''].join(':'),
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  }
  return {
    ...world,
    env,
    run: (command, options) => world.run(command, { cwd: project, ...options, env: { ...env, ...options?.env } }),
  }
}

function runGroup(group: Group, world: World): Promise<Tally> {
  return group.names.includes('static') ? runStatic(world) : runVitest(group, world)
}

async function runStatic(world: World): Promise<Tally> {
  const tallies = await Promise.all(
    Object.entries(staticChecks).map(async ([name, commands]): Promise<Tally> => {
      const begin = performance.now()
      const said: string[] = []
      for (const command of commands) {
        const { code, stdout, stderr } = await world.run(command, { timeoutMs: 10 * minutes })
        if (code !== 0) said.push(`${command.join(' ')} ended with ${code}`, stdout, stderr)
      }
      report(world.stdout, name, said.length === 0, begin)
      if (said.length > 0) world.stdout.write(`${said.join('\n')}\n`)
      return said.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
    }),
  )
  return tallies.reduce(addTallies, noTests)
}

async function runVitest({ names: chosen, together, givesWay }: Group, world: World): Promise<Tally> {
  const begin = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'edge-test-'))
  const results = join(folder, 'results.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  try {
    const projects = chosen.map((kind) => `--project=${kind}`)
    const workers = together === undefined ? [] : [`--maxWorkers=${together}`]
    const vitest: Command = ['vitest', 'run', ...projects, ...workers, ...reporters]
    const { code } = await world.run(givesWay ? ['nice', '-n', '19', ...vitest] : vitest, {
      timeoutMs: (chosen.includes('long') ? 600 : 45) * minutes,
      // test/ports.ts: two runs beside each other must not look for free ports in the same place.
      env: { EDGE_TEST_FIRST_PART: givesWay ? '4' : '0' },
      onLine: (line) => world.stdout.write(`  ${line}\n`),
    })
    const tally = readTally(await readFile(results, 'utf8').catch(() => undefined), code === 0)
    report(
      world.stdout,
      `${chosen.join(', ')}: ${tally.passed} passed, ${tally.failed} failed`,
      tally.failed === 0,
      begin,
    )
    return tally
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function report(output: Output, name: string, passed: boolean, begin: number): void {
  const { green, red } = style(output)
  output.write(`${passed ? green('✓') : red('✗')} ${name.padEnd(40)} ${seconds(begin)}\n`)
}

function seconds(begin: number): string {
  return inSeconds(performance.now() - begin)
}

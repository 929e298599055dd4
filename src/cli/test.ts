import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import type { Command, Output, World } from '../core/world.ts'
import { style } from './screen/style.ts'
import { addTallies, noTests, readTally, type Tally } from './test-tally.ts'
import type { VerbRun } from './verbs.ts'

const project = resolve(import.meta.dirname, '../..')
const minutes = 60_000
const kinds = ['static', 'unit', 'engine', 'emulator', 'load', 'browser', 'long'] as const
type Kind = (typeof kinds)[number]

/**
 * What runs one after the other, and how many files of it share two cores. Whole instances mostly wait for each other.
 * The few visitors of a short load test leave three quarters of the machine free, in which a browser finds its place;
 * full-length runs are measured alone.
 */
const phases: readonly { readonly names: readonly Kind[]; readonly together?: number }[] = [
  { names: ['static'] },
  // The library leaves one core to itself.
  { names: ['unit'], together: 2 },
  { names: ['engine', 'emulator'], together: 4 },
  { names: ['load', 'browser'], together: 2 },
  { names: ['long'], together: 1 },
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
  for (const { names, together } of phases) {
    const wanted = names.filter((name) => chosen.includes(name))
    if (wanted.length === 0) continue
    if (wanted.some(needsEngines)) await prepared
    const tally = names.includes('static') ? await runStatic(world) : await runVitest(wanted, together, world)
    total = addTallies(total, tally)
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
  const folders = [dirname(process.execPath), join(project, 'node_modules/.bin')]
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

async function runVitest(chosen: readonly Kind[], together: number | undefined, world: World): Promise<Tally> {
  const begin = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'edge-test-'))
  const results = join(folder, 'results.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  try {
    const projects = chosen.map((kind) => `--project=${kind}`)
    const workers = together === undefined ? [] : [`--maxWorkers=${together}`]
    const { code } = await world.run(['vitest', 'run', ...projects, ...workers, ...reporters], {
      timeoutMs: (chosen.includes('long') ? 600 : 45) * minutes,
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
  return `${((performance.now() - begin) / 1000).toFixed(1)} s`
}

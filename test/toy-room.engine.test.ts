import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../src/core/verify.ts'
import { project, runEdge, type EdgeRun } from './instance.ts'
import { freePorts } from './ports.ts'

/** A copy of the product with one room more: its folder, and its line in the list of rooms. */
let copy: string
let file: string

const list = 'infrastructure/rooms.ts'
const parts = ['edge', 'package.json', 'package-lock.json', 'README.md', 'production.config.ts']
const folders = ['app', 'docs', 'infrastructure', 'src', 'test', 'tools']
const rest = ['tsconfig.json', 'tsconfig.base.json']
/** What is installed, and is shared with the copy. */
const installed = ['node_modules', '.tools', 'tools/node/node_modules']

async function addRoom(): Promise<void> {
  await cp(join(project, 'test/toy-room'), join(copy, 'infrastructure/toy'), { recursive: true })
  const before = await readFile(join(copy, list), 'utf8')
  const after = before
    .replace('import { monitoringRoom }', "import { toyRoom } from './toy/room.ts'\nimport { monitoringRoom }")
    .replace('monitoringRoom] as const', 'monitoringRoom, toyRoom] as const')
  await writeFile(join(copy, list), after)
}

async function configure(): Promise<void> {
  const [https, http, pooler, first] = await freePorts(70)
  await mkdir(join(copy, 'instance/web'), { recursive: true })
  await writeFile(join(copy, 'instance/web/index.html'), '<!doctype html><title>toy</title>')
  await writeFile(
    file,
    `export default {
  name: '${basename(copy).toLowerCase()}',
  state: '${copy}/instance/state',
  serve: { https: ${https}, http: ${http} },
  ports: { pooler: ${pooler}, first: ${first} },
  site: { static: 'web' },
  toy: { patience: '2 seconds' },
}
`,
  )
}

const edge = ([verb = '', ...args]: readonly string[]): Promise<EdgeRun> =>
  runEdge([verb, '--config', file, ...args], { door: join(copy, 'edge'), cwd: copy })

async function must(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await edge(args)
  if (code !== 0) throw new Error(`edge ${args.join(' ')} ended with ${code}\n${stderr}\n${stdout}`)
  return stdout
}

async function verdicts(): Promise<Record<string, string>> {
  const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(await must('verify', 'toy', '--json'))
  return Object.fromEntries(guarantees.map(({ id, verdict }) => [id, verdict]))
}

const run = (...command: readonly [string, ...string[]]): string =>
  execFileSync(command[0], command.slice(1), { cwd: copy, encoding: 'utf8' })

/** Files that differ between the product and the copy, but for what is installed or rendered from the code. */
const touched = (): readonly string[] =>
  [...folders, ...parts].flatMap((part) => {
    try {
      run('diff', '-rq', '--exclude=node_modules', '--exclude=dist', join(project, part), join(copy, part))
      return []
    } catch (error) {
      // diff ends with 1 where something differs, and says what.
      return error instanceof Error && 'stdout' in error ? String(error.stdout).trim().split('\n') : [String(error)]
    }
  })

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'edge-toy-'))
  // mkdtemp's 0700 would keep the engines' user out.
  await chmod(copy, 0o755)
  file = join(copy, 'instance/production.config.ts')
  const filter = (path: string): boolean => !['node_modules', 'dist'].includes(basename(path))
  for (const part of [...folders, ...parts, ...rest])
    await cp(join(project, part), join(copy, part), { recursive: true, filter })
  for (const part of installed) await symlink(join(project, part), join(copy, part))
  await addRoom()
  await configure()
})

afterAll(async () => {
  await edge(['destroy', '--yes'])
  await rm(copy, { recursive: true, force: true })
})

describe('a room more', () => {
  it('is one folder and one file that names it', () => {
    expect(touched()).toEqual(
      [`Only in ${copy}/infrastructure: toy`, `Files ${project}/${list} and ${copy}/${list} differ`].toSorted(),
    )
  })

  it('is held by the compiler against its settings, its needs and its checks', async () => {
    // The product without its tests, and without what is loaded for AWS alone, which takes longest.
    const program = { extends: './tsconfig.json', include: ['infrastructure/compose.ts', 'src/cli/session.ts'] }
    await writeFile(join(copy, 'tsconfig.toy.json'), JSON.stringify(program))
    expect(run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.toy.json')).toBe('')
  })

  it('has its setting in the configuration, and says where it comes from', async () => {
    expect(await must('config')).toMatch(/toy\.patience +'2 seconds'/)
  })

  it('has its alarm and its jobs among those of all rooms', async () => {
    const script = `
      const { allMeasured, compose } = await import('./infrastructure/compose.ts')
      const { alarmsAt } = await import('./infrastructure/monitoring/alarms.ts')
      const { schema } = await import('./src/config/schema.ts')
      const { exampleInstance } = await import('./test/example-instance.ts')
      const configuration = schema.parse({ site: { static: 'web' } })
      const alarm = alarmsAt(configuration.monitoring, allMeasured).find(({ id }) => id === 'toy.slow')
      const agent = compose(configuration, exampleInstance, 'x').plan.find(({ name }) => name === 'agent')
      const jobs = JSON.parse(agent.files[0].content).jobs.map(({ name }) => name)
      console.log(JSON.stringify({ fires: alarm.fires, jobs }))`
    const { fires, jobs } = JSON.parse(run(process.execPath, '--input-type=module', '-e', script))
    expect(fires).toEqual({ above: { kind: 'duration', milliseconds: 1000 } })
    expect(jobs).toEqual(expect.arrayContaining(['verify', 'toy', expect.stringContaining('toy-burst')]))
  })

  it('is deployed alone, with its port and its secret, and proven', async () => {
    expect(await must('deploy', 'toys', '--yes')).toContain('one engine')
    expect(await verdicts()).toEqual({ 'toy.answers': 'kept', 'toy.burst': 'notClaimed', 'toy.slow': 'notClaimed' })
  })

  it('has its drill measured, and its verb answered', async () => {
    expect(await must('drill', 'toy')).toContain('100 answers')
    expect(await verdicts()).toMatchObject({ 'toy.burst': 'kept' })
    expect(await must('toy')).toMatch(/^the toy was asked \d{3} times\n$/)
    expect(await must('--help')).toContain('Ask the toy')
  })

  it('stands on the pages that are rendered', async () => {
    run(process.execPath, 'src/docs/render.ts')
    expect(await readFile(join(copy, 'docs/configuration.md'), 'utf8')).toContain(
      "`toy.patience` | time, at least 1 ms | `'1 second'`",
    )
    expect(await readFile(join(copy, 'docs/guarantees.md'), 'utf8')).toContain(
      'The toy answers whoever knows its secret.',
    )
  })
})

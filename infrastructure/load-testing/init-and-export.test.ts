import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { testWorld } from '../../test/world.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import { main } from '../../src/cli/main.ts'
import { project } from '../../src/cli/open.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-test-files-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function edge(...args: string[]) {
  const { world, stderr, stdout } = testWorld({ argv: ['load-test', ...args], cwd: folder })
  return { code: await main(world), stderr: stderr(), stdout: stdout() }
}

it('writes a journey to begin with, that the configuration takes, and writes over none', async () => {
  expect(await edge('init')).toMatchObject({ code: 0, stdout: expect.stringContaining('load-test.journey.ts') })
  const file = join(folder, 'own.config.ts')
  await writeFile(
    file,
    `import { choices, journey } from './load-test.journey.ts'
export default { site: { static: 'public' }, loadTesting: { choices, journey } }`,
  )
  const { configuration } = await loadConfiguration(testWorld({ cwd: folder }).world, project, file)
  expect(configuration.loadTesting.journey).toHaveLength(6)
  expect(await edge('init')).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') })
})

it('writes a journey of which the compiler finds what is wrong', async () => {
  const own = join(folder, 'typed')
  await mkdir(own)
  const { world } = testWorld({ argv: ['load-test', 'init'], cwd: own })
  expect(await main(world)).toBe(0)
  const options = { types: ['node'], typeRoots: [join(project, 'node_modules/@types')] }
  const extended = join(project, 'tsconfig.base.json')
  await writeFile(join(own, 'tsconfig.json'), JSON.stringify({ extends: extended, compilerOptions: options }))
  await writeFile(join(own, 'package.json'), '{ "type": "module" }')
  const text = await readFile(join(own, 'load-test.journey.ts'), 'utf8')
  await writeFile(join(own, 'wrong.journey.ts'), text.replace('"path": "/api/login"', '"path": 7'))
  // Once for both: the compiler takes seconds for what they import.
  const { stdout } = await world.run([join(project, 'node_modules/.bin/tsc'), '-p', own])
  const problems = stdout.split('\n').filter((line) => line.includes('error TS'))
  expect(problems).toEqual([expect.stringMatching(/^.*wrong\.journey\.ts.*Type 'number' is not assignable/)])
}, 120_000)

it('writes what the k6 Operator needs: users and minimums shared, and no password', async () => {
  const site = 'https://staging.example.com'
  const given = ['export', 'stress', '--k6-operator', '--against', site, '--into', 'k6', '--runners', '4']
  expect((await edge(...given)).code).toBe(0)
  const documents = parseAllDocuments(await readFile(join(folder, 'k6/manifest.yaml'), 'utf8'))
  const [map, run] = documents.map((document): unknown => document.toJS())
  const runFile = await readFile(join(folder, 'k6/script/run.json'), 'utf8')
  expect(JSON.parse(runFile)).toMatchObject({
    site,
    password: '',
    requestsPerSecond: 12,
    thresholds: { response_time: ['p(95)<500', 'p(99)<1000'] },
  })
  const { thresholds } = JSON.parse(runFile)
  // 5333 journeys are half of what 50 requests a second leave room for, and each pod makes a quarter of them.
  expect(thresholds.journeys_completed).toEqual(['count>=1333'])
  expect(thresholds['http_reqs{step:login}']).toEqual(['count>=1333'])
  expect(map).toMatchObject({ kind: 'ConfigMap', data: { 'run.json': runFile } })
  expect(run).toMatchObject({
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    spec: { parallelism: 4, script: { configMap: { file: 'stress.ts' } } },
  })
})

it('exports no more pods than the site may be asked in a second: each asks once at least', async () => {
  const site = 'https://staging.example.com'
  const given = (runners: string) =>
    edge('export', 'smoke', '--k6-operator', '--against', site, '--into', `k6-${runners}`, '--runners', runners)
  expect(await given('51')).toMatchObject({ code: 2, stderr: expect.stringContaining('a whole number from 1 to 50') })
  expect((await given('50')).code).toBe(0)
  const runFile = await readFile(join(folder, 'k6-50/script/run.json'), 'utf8')
  expect(JSON.parse(runFile)).toMatchObject({ requestsPerSecond: 1 })
})

it.each([
  [['smoke', 'load'], 'one scenario at a time'],
  [['export', 'stress'], 'takes a scenario, --k6-operator'],
  [['compare', 'r1'], 'takes two addresses, two releases, or two folders of runs'],
  [['smok'], 'did you mean "smoke"?'],
  [['compare', 'r1', 'r2', '--scale', '0.1'], '--scale: means nothing for load-test compare'],
  [['compare', 'r1', 'r2', '--pairs', '12'], '--pairs: means nothing for load-test compare'],
  [['compare', 'https://localhost:8443'], 'takes two addresses, two releases, or two folders of runs'],
  [['compare', 'https://localhost:8443', 'r2'], 'takes two addresses, or two of what was measured before'],
  [['compare', 'https://localhost:8443', './runs'], '(./runs is no address)'],
  [['compare', 'https://localhost:8443', 'https://localhost/path'], 'must be the address of a site'],
  [['compare', 'https://localhost:1', 'https://localhost:2', '--pairs', '5'], '--pairs: must be a whole number from 9'],
  [['compare', 'https://localhost:1', 'https://localhost:2', '--users', '0'], '--users: must be a whole number'],
  [
    ['compare', 'https://localhost:1', 'https://localhost:2', '--against', 'https://localhost'],
    '--against: means nothing',
  ],
  [['smoke', '--ca', 'ca.crt'], '--ca: means nothing for a run of this instance'],
  [['smoke', '--pairs', '12'], '--pairs: means nothing for a run'],
  [['smoke', '--k6-operator'], '--k6-operator: means nothing for a run'],
])('refuses %o', async (args, message) => {
  expect(await edge(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
})

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { seconds } from '../../src/core/units.ts'
import { k6Inspect } from '../../src/engines/k6.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { k6OperatorFiles } from './export.ts'
import { loadTesting } from './guarantees.ts'
import type { RunFile } from './run-file.ts'
import { scriptOf } from './script.ts'
import { scenarioNames } from './scenarios/stages.ts'
import { loadTestingSettings } from './settings.ts'

let folder: string
let k6: string
let runFile: string
beforeAll(async () => {
  k6 = await k6Path(testWorld().world)
  folder = await mkdtemp(join(tmpdir(), 'scenarios-'))
  runFile = join(folder, 'run.json')
  const run: RunFile = {
    site: 'https://localhost',
    hosts: {},
    accounts: 1,
    password: '',
    think: { minimumMs: 1000, maximumMs: 5000 },
    choices: {},
    scale: 1,
    journey: [],
    thresholds: {},
    summaryFile: '/dev/null',
  }
  await writeFile(runFile, JSON.stringify(run))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(scenarioNames)('k6 understands %s', (scenario) => {
  it.each([
    ['as it is promised', {}],
    ['whatever stands in the environment', { K6_VUS: '1', K6_DURATION: '1s', K6_STAGES: '1s:1' }],
  ])('%s', async (_how, env) => {
    const { world } = testWorld({ env: { ...process.env, ...env } })
    const { stdout, stderr } = await world.run(...k6Inspect({ k6, script: scriptOf(scenario), runFile }, world))
    expect(stderr).toBe('')
    const { users, over } = loadTesting[scenario]
    const { maxVUs, totalDuration } = JSON.parse(stdout)
    // k6 adds the time in which journeys that have begun come to their end.
    expect({ maxVUs, seconds: inSeconds(totalDuration) - 45 }).toEqual({ maxVUs: users.count, seconds: seconds(over) })
  })
})

it.each([
  ['by arrivals', { open: true }, { maxVUs: 4000, seconds: 1920 }],
  ['with few users for a short time', { users: 10, scale: 0.1 }, { maxVUs: 10, seconds: 192 }],
])('k6 understands stress %s', async (_how, shape, expected) => {
  const shaped = join(folder, 'shaped.json')
  await writeFile(shaped, JSON.stringify({ ...JSON.parse(await readFile(runFile, 'utf8')), ...shape }))
  const { world } = testWorld()
  const { stdout } = await world.run(...k6Inspect({ k6, script: scriptOf('stress'), runFile: shaped }, world))
  const { maxVUs, totalDuration } = JSON.parse(stdout)
  expect({ maxVUs, seconds: inSeconds(totalDuration) - 45 }).toEqual(expected)
})

it.each(scenarioNames)('k6 understands %s as it is exported for its operator', async (scenario) => {
  const settings = loadTestingSettings.parse({})
  const site = 'https://staging.example.com'
  const shared = { runners: 2, requestsPerSecond: 50, k6: '1.1.0' }
  const { script } = await k6OperatorFiles({ scenario, site, settings, ...shared })
  const exported = join(folder, `exported-${scenario}`)
  await mkdir(exported)
  for (const [name, text] of Object.entries(script)) await writeFile(join(exported, name), text)
  const { world } = testWorld()
  const file = join(exported, `${scenario}.ts`)
  const { code, stdout, stderr } = await world.run([k6, 'inspect', '--execution-requirements', file])
  expect([code, stderr]).toEqual([0, ''])
  const { users, over } = loadTesting[scenario]
  const { maxVUs, rps, totalDuration } = JSON.parse(stdout)
  expect({ maxVUs, rps, seconds: inSeconds(totalDuration) - 45 }).toEqual({
    maxVUs: users.count,
    rps: 25,
    seconds: seconds(over),
  })
})

/** Of Go's `1h10m45s`. */
function inSeconds(text: string): number {
  const factors = { h: 3600, m: 60, s: 1 } as const
  return Object.entries(factors).reduce(
    (sum, [unit, factor]) => sum + factor * Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0),
    0,
  )
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { seconds } from '../../src/core/units.ts'
import { k6Inspect } from '../../src/engines/k6.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { loadTesting } from './guarantees.ts'
import type { RunFile } from './run-file.ts'
import { scenarioNames } from './scenarios/stages.ts'

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
    const { stdout, stderr } = await world.run(...k6Inspect({ k6, scenario, runFile }, world))
    expect(stderr).toBe('')
    const { users, over } = loadTesting[scenario]
    const { maxVUs, totalDuration } = JSON.parse(stdout)
    // k6 adds the time in which journeys that have begun come to their end.
    expect({ maxVUs, seconds: inSeconds(totalDuration) - 45 }).toEqual({ maxVUs: users.count, seconds: seconds(over) })
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

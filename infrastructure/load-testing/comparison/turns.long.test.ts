import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { k6Path } from '../../../src/targets/local/tools.ts'
import { behaviours, testSite } from '../proofs/test-site.ts'
import type { Result } from '../result.ts'
import { runScenario } from '../run.ts'
import { loadTestingSettings } from '../settings.ts'
import { stepsOf } from '../thresholds.ts'
import { pairsOf } from '../wish.ts'
import { compare } from './compare.ts'
import { choosePairs } from './sides.ts'
import { takeTurns } from './turns.ts'

const settings = loadTestingSettings.parse({
  accounts: 1,
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  choices: { greeting: ['hello'] },
  journey: [
    { name: 'homepage', requests: [{ path: '/', contains: 'Hello' }] },
    { name: 'api', requests: [{ path: '/api/{greeting}', contains: '{greeting}, {account}' }] },
  ],
})
/** The fewest that can see anything. */
const pairs = 7
const usualMs = 300
/** Longer than what a busy machine adds to an answer. */
const slowMs = 3000

let folder: string
let k6: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turns-'))
  k6 = await k6Path(testWorld().world)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A site that answers after so many milliseconds. */
const slow = (homepage: number, api: number) =>
  testSite((request, response) => {
    void wait(request.url === '/' ? homepage : api).then(() => behaviours.well(request, response))
  })

/** Other tests run beside it: here its times are compared, and none has to be below a bound. */
function whateverItsTimes<Judged extends Pick<Result, 'verdict' | 'reasons'>>(result: Judged): Judged {
  const reasons = result.reasons.filter((reason) => !/took up to|of the processors were free/.test(reason))
  return { ...result, reasons, ...(reasons.length === 0 ? { verdict: 'passed' as const } : {}) }
}

/** What comes of short runs of two sites by turns; the candidate's API answers after so many milliseconds. */
async function compared(api: number) {
  const sites = { base: await slow(usualMs, usualMs), candidate: await slow(usualMs, api) }
  const { world } = testWorld()
  try {
    const taken = await takeTurns(pairs, async ({ side }) => {
      const site = sites[side].address
      const result = await runScenario(
        {
          k6,
          scenario: 'smoke',
          site,
          password: 'of nobody',
          settings,
          release: site,
          releaseNow: () => Promise.resolve(site),
          versions: {},
          engines: {},
          folder,
          shape: { scale: 0.05 },
          against: { site },
          onSecond: () => undefined,
        },
        world,
      )
      return whateverItsTimes(result)
    })
    const chosen = choosePairs({ name: 'base', runs: taken.base }, { name: 'candidate', runs: taken.candidate })
    return { ...compare(chosen), leftOut: chosen.leftOut }
  } finally {
    for (const site of Object.values(sites)) site.close()
  }
}

it('finds the step that became slow, and no other', async () => {
  expect(pairsOf({ pairs }, stepsOf(settings.journey).length)).toBe(pairs)
  const { verdict, says, steps, ...rest } = await compared(slowMs)
  expect([verdict, says]).toEqual(['regressed', expect.stringMatching(/^slower: api \+\d/)])
  expect(rest).toEqual({ pairs, leftOut: '' })
  expect(steps).toEqual([
    expect.objectContaining({ step: 'homepage', verdict: expect.not.stringContaining('regressed') }),
    expect.objectContaining({ step: 'api', verdict: 'regressed' }),
  ])
})

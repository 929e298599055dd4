import { describe, expect, it } from 'vitest'
import { courseOf, whatGotWorse } from './course.ts'
import { judge, type RunFacts } from './judge.ts'
import { k6Summary } from './proofs/k6-summary.ts'
import { example, quietSecond } from './proofs/test-result.ts'
import { loadTestingSettings } from './settings.ts'
import { expectedOf } from './thresholds.ts'
import type { SeenSecond } from './watch.ts'

/** The soak test with a point for 18 s; `seen`: what differs from a quiet one, by the share of the time with all users. */
const soak = (seen: (share: number) => Partial<SeenSecond>): readonly SeenSecond[] =>
  Array.from({ length: 233 }, (_, at) => {
    const seconds = 18 * (at + 1)
    return { ...quietSecond, seconds, p95: 20, ...seen((seconds - 300) / 3600) }
  })
const course = (seen: (share: number) => Partial<SeenSecond>) => courseOf('soak', 1, soak(seen))
const worse = (seen: (share: number) => Partial<SeenSecond>) => {
  const found = course(seen)
  return found && whatGotWorse(found)
}

describe('the end of a soak test', () => {
  it('is put beside its beginning, while all users are there: neither climb nor descent count', () => {
    expect(course((share) => ({ p95: share < 0 || share > 1 ? 900 : 20 + 10 * share }))).toMatchObject({
      p95: { first: expect.closeTo(20.5, 0), last: expect.closeTo(29.5, 0) },
    })
  })

  it('has nothing against it where answers stay as they were, or differ as those of one good run do', () => {
    expect(worse(() => ({}))).toEqual([])
    const noise = [26.5, 21.8, 23.1, 23.7, 23.3, 20.8, 21.7, 17, 17.6, 19.1].toReversed()
    expect(worse((share) => ({ p95: noise[Math.floor(share * 10)] ?? 20 }))).toEqual([])
    // Twice as long, and still hardly any time; or longer, as a machine is that does something else for a while.
    expect(worse((share) => ({ p95: share > 0.5 ? 60 : 20 }))).toEqual([])
    expect(worse((share) => ({ p95: share > 0.5 ? 380 : 200 }))).toEqual([])
    expect(worse((share) => ({ p95: share > 0.4 && share < 0.6 ? 450 : 20 }))).toEqual([])
  })

  it('is worse where answers take twice as long by then, though within their bound', () => {
    expect(worse((share) => ({ p95: 20 + 380 * share }))).toEqual([
      'it got slower: p95 40 ms in the first tenth of the time with all users, 382 ms in the last (must be less than 2 times as long)',
    ])
  })

  it('is worse where only its own requests fail, which an hour without errors dilutes', () => {
    expect(worse((share) => ({ failedPercent: share > 0.9 ? 4 : 0 }))).toEqual([
      'it got worse: 4 % of the requests of its last tenth failed (must be < 1 %)',
    ])
    expect(worse((share) => ({ failedPercent: share > 0.9 ? 0.5 : 0 }))).toEqual([])
  })

  it('says nothing where there are too few points, or no time with all users', () => {
    expect(courseOf('soak', 1, soak(() => ({})).slice(0, 30))).toBeUndefined()
    expect(
      courseOf(
        'smoke',
        1,
        soak(() => ({})),
      ),
    ).toBeUndefined()
  })
})

describe('the verdict of a soak test', () => {
  const { journey } = loadTestingSettings.parse({})
  const verdictOf = (facts: Partial<RunFacts>) => {
    const think = { minimumMs: 1000, maximumMs: 5000 }
    const scenario = facts.scenario ?? 'soak'
    const expected = expectedOf(scenario, { journey, think, scale: 1 })
    const known = { ...example, releaseAtEnd: example.release, exitCode: 0, said: '', othersPercent: undefined }
    const { verdict, reasons } = judge(k6Summary(expected, {}), expected, { ...known, scenario, ...facts })
    return [verdict, ...reasons]
  }
  const slower = course((share) => ({ p95: 20 + 380 * share }))

  it('is that it failed where it got worse, all other bounds kept', () => {
    expect(verdictOf({ course: course(() => ({})) })).toEqual(['passed'])
    expect(verdictOf({ course: slower })).toEqual(['failed', expect.stringMatching(/^it got slower: /)])
  })

  it('is no other for a scenario that promises nothing of the kind', () => {
    expect(verdictOf({ scenario: 'load', course: slower })).toEqual(['passed'])
  })

  it('is none at full length where nobody saw its course: that is what it promises', () => {
    expect(verdictOf({ course: undefined })).toEqual(['invalid', expect.stringContaining('whether it got worse')])
    expect(verdictOf({ course: undefined, scale: 0.01 })).toEqual(['passed'])
    expect(verdictOf({ course: undefined, scenario: 'load' })).toEqual(['passed'])
  })
})

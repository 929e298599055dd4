import { expect, it } from 'vitest'
import { answerOf } from './comparison/tell.ts'
import { choosePairs } from './comparison/sides.ts'
import { isPublished, publishedSchema } from './proofs/published.ts'
import { example, quietSecond } from './proofs/test-result.ts'
import { resultOf } from './result.ts'
import type { SeenSecond } from './watch.ts'

it('the published schema takes a result, and refuses one that lacks a figure or has another kind of one', async () => {
  const takes = await publishedSchema('result')
  const { responseTime: _, ...without } = example
  const wrong = [
    without,
    { ...example, verdict: 'good' },
    { ...example, requests: 'many' },
    { ...example, engines: ['nginx'] },
  ]
  expect(takes(example)).toBe(true)
  const first = { name: 'the busiest thread of api1', worst: 'up to 99 %', since: 12 }
  const saturation = { first, slowSince: null, says: 'so' }
  const capacity = { knee: null, says: 'so' }
  expect(takes({ ...example, saturation, capacity })).toBe(true)
  expect(takes({ ...example, saturation: { ...saturation, first: null }, capacity: { ...capacity, knee: 500 } })).toBe(
    true,
  )
  expect(takes({ ...example, saturation: { ...saturation, first: { name: 'a guess' } } })).toBe(false)
  expect(wrong.map(takes)).toEqual([false, false, false, false])
})

it('what an older edge wrote, which did not note what a run was made with, is a result to both', async () => {
  const { versions: _versions, engines: _engines, open: _open, ...older } = example
  expect(await isPublished('result', older)).toBe(true)
  expect(resultOf(older)).toEqual({ ...older, versions: {}, engines: {}, open: false })
})

it('the published schema of a timeline takes seconds with all that is seen, and with as little as there may be', async () => {
  const takes = await publishedSchema('timeline')
  const full: Required<SeenSecond> = {
    ...quietSecond,
    byEngine: { api1: 70, k6: 20 },
    busiestThread: { api1: 60 },
    pool: { inUse: 3, most: 100, waiting: 0 },
    behindMs: 12,
    longestMs: 3,
    connections: { open: 30, most: 500 },
    eventLoops: { api1: 4 },
    memory: { api1: 120 },
    hitPercent: 99,
  }
  const silent = { ...quietSecond, median: null, p95: null, p99: null, failedPercent: null }
  expect([[], [quietSecond], [full], [silent]].map(takes)).toEqual([true, true, true, true])
  const { p95: _, ...without } = full
  const wrong = [
    [without],
    [{ ...full, pool: { inUse: 3 } }],
    [{ ...full, connections: { open: 3 } }],
    [{ ...full, memory: { api1: 'much' } }],
    full,
  ]
  expect(wrong.map(takes)).toEqual([false, false, false, false, false])
})

it('the published schema of a comparison takes one with a verdict and one that was interrupted', async () => {
  const takes = await publishedSchema('comparison')
  const names = { base: 'https://one', candidate: 'https://other' }
  const about = { ...names, startedAt: example.startedAt, wanted: 9, report: '/nowhere' }
  const at = (second: number) => ({ ...example, startedAt: `2026-01-01T00:00:0${second}.000Z` })
  const sides = [
    { name: 'one', runs: [at(0), at(3)] },
    { name: 'other', runs: [at(1), at(2)] },
  ] as const
  const ended = { ...answerOf(names, choosePairs(...sides)), ...about, interrupted: false }
  expect(ended.steps.length).toBeGreaterThan(0)
  const interrupted = { ...about, interrupted: true, runs: { base: [example.startedAt], candidate: [] } }
  expect([ended, interrupted].map(takes)).toEqual([true, true])
  const wrong = [
    { ...ended, interrupted: true },
    { ...interrupted, interrupted: false },
    { ...ended, verdict: 'good' },
  ]
  expect(wrong.map(takes)).toEqual([false, false, false])
})

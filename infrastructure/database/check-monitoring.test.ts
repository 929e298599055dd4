import { expect, test } from 'vitest'
import { monitoring } from './check-monitoring.ts'

const world = { now: () => new Date('2026-01-31T12:00:00Z') }

/** Prometheus as it would answer, all at 1, but for some expressions. */
const verdictWith = (answers: (expression: string) => number | undefined | Error, upFor = 3600) =>
  monitoring(
    {
      figures: {
        now: async (expression: string) => {
          const answer = answers(expression)
          if (answer instanceof Error) throw answer
          return answer
        },
        startedAt: async () => new Date(world.now().getTime() - upFor * 1000),
      },
    },
    world,
  )

test('is kept with each figure, and how old the oldest is', async () => {
  expect(await verdictWith(() => 1)).toMatchObject({
    is: 'kept',
    evidence: { facts: { cpu: '1.0 %', connections: '1', 'replica lag': '1.00 s', 'oldest figure': '1 s' } },
  })
})

test.each([
  ['no value', (expression: string) => (/pg_stat/.test(expression) ? undefined : 1), /nobody measures connections/],
  [
    'an old one',
    (expression: string) => (/^time.*heartbeat/.test(expression) ? 75 : 1),
    /replica lag was measured 75 s ago/,
  ],
  ['no answer', () => new Error('refused'), /Prometheus does not answer: refused/],
])('is broken with %s', async (_, answers, because) => {
  expect(await verdictWith(answers)).toMatchObject({ is: 'broken', because: expect.stringMatching(because) })
})

test('is not claimed where Prometheus was started a moment ago, or nobody measures', async () => {
  const none = () => undefined
  expect(await verdictWith(none, 20)).toMatchObject({ is: 'notClaimed', because: expect.stringContaining('20 s ago') })
  expect(await monitoring({ figures: undefined }, world)).toMatchObject({
    is: 'notClaimed',
  })
})

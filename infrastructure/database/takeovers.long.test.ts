import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DrillRecord } from '../../src/core/record.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'

const times = 20
const minutes = (count: number) => ({ timeout: count * 60_000 })

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  await instance.must('deploy', 'database', 'monitoring', '--yes')
})
afterAll(() => instance.remove())

type Seen = { readonly facts: DrillRecord['facts']; readonly failed?: string }

/** Drills so many times, one after the other, and writes down each, whatever it saw. */
async function drilled(name: 'failover' | 'switchover'): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  while (seen.length < times) {
    const { stdout, stderr, code } = await instance.edge(['drill', name, '--yes', '--json'])
    if (code !== 0) seen.push({ facts: {}, failed: stderr.trim() })
    else seen.push({ facts: JSON.parse(stdout).drills[0].facts })
  }
  await leaveReport(`${name}s`, seen)
  return seen
}

const numbers = (seen: readonly Seen[], fact: string): readonly number[] => seen.map(({ facts }) => Number(facts[fact]))
const none = Array.from({ length: times }, () => 0)

test(
  `loses no acknowledged write, each of ${times} times that the primary is killed under 20 writers`,
  minutes(30),
  async () => {
    const seen = await drilled('failover')
    expect(seen.filter(({ failed }) => failed !== undefined)).toEqual([])
    expect(numbers(seen, 'lost')).toEqual(none)
    expect(Math.max(...numbers(seen, 'gapMs'))).toBeLessThan(5000)
  },
)

test(
  `fails no request, each of ${times} times that another member is to lead under 20 writers`,
  minutes(30),
  async () => {
    const seen = await drilled('switchover')
    expect(seen.filter(({ failed }) => failed !== undefined)).toEqual([])
    expect(numbers(seen, 'lost')).toEqual(none)
    expect(numbers(seen, 'failed')).toEqual(none)
  },
)

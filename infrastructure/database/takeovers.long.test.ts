import { cpus, loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../app/api/database.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { urlOf, withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Addresses } from './addresses.ts'
import { addressesIn } from './sabotage.ts'

const times = 20
const clients = 8
const minutes = (count: number) => ({ timeout: count * 60_000 })

let instance: TestInstance
let addresses: Addresses
beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  await instance.must('deploy', 'database', 'monitoring', '--yes')
  addresses = addressesIn(await hands(instance))
  // What its owner makes, the app may write into.
  await withClient(addresses.owner, (client) => client.query('create table public.called (id bigint primary key)'))
})
afterAll(() => instance.remove())

/** Clients that reach the database as the app does, with its own retry: calls that failed all the same are counted. */
function calling() {
  const end = new AbortController()
  const database = openDatabase(urlOf(addresses.app), end.signal)
  const failed: string[] = []
  let calls = 0
  const caller = async (): Promise<void> => {
    while (!end.signal.aborted) {
      calls += 1
      await database
        .query('insert into public.called values ($1) on conflict do nothing', [(nextId += 1)])
        .catch((error: unknown) => failed.push(messageOf(error)))
      await wait(10)
    }
  }
  const callers = Array.from({ length: clients }, caller)
  const stop = async () => {
    end.abort()
    await Promise.all(callers)
    await database.close()
    return { calls, failedCalls: failed }
  }
  return { stop }
}
let nextId = 0

type Seen = {
  readonly facts: DrillRecord['facts']
  readonly failed?: string
  readonly calls: number
  readonly failedCalls: readonly string[]
  /** Of the last minute: how much else the machine had to do. */
  readonly loadAverage: number
}

/** Drills so many times, one after the other, and writes down each, whatever it saw. */
async function drilled(name: 'failover' | 'switchover'): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  while (seen.length < times) {
    const { stop } = calling()
    const { stdout, stderr, code } = await instance.edge(['drill', name, '--yes', '--json'])
    const called = { ...(await stop()), loadAverage: Number(loadavg()[0]?.toFixed(1)) }
    if (code !== 0) seen.push({ facts: {}, failed: stderr.trim(), ...called })
    else seen.push({ facts: JSON.parse(stdout).drills[0].facts, ...called })
  }
  await leaveReport(`${name}s`, seen)
  return seen
}

const numbers = (seen: readonly Seen[], fact: string): readonly number[] => seen.map(({ facts }) => Number(facts[fact]))
const none = Array.from({ length: times }, () => 0)
const problems = (seen: readonly Seen[]) =>
  seen.flatMap(({ failed, failedCalls }) => [failed ?? [], failedCalls].flat())

test(
  `loses no acknowledged write, each of ${times} times that the primary is killed under 20 writers`,
  minutes(30),
  async () => {
    const seen = await drilled('failover')
    expect(problems(seen)).toEqual([])
    expect(numbers(seen, 'lost')).toEqual(none)
    const gaps = numbers(seen, 'gapMs')
    // The one with the most of the log leads, so that no commit waits for another one's rewind.
    expect(gaps.filter((gap) => gap >= 3000)).toEqual([])
  },
)

test(
  `fails no request, each of ${times} times that another member is to lead under 20 writers`,
  minutes(30),
  async () => {
    const seen = await drilled('switchover')
    expect(problems(seen)).toEqual([])
    expect(numbers(seen, 'lost')).toEqual(none)
    expect(numbers(seen, 'failed')).toEqual(none)
    // Patroni, PostgreSQL and etcd wait for a processor, where there is more to do than there are processors for.
    for (const { facts, loadAverage } of seen)
      expect({
        ...facts,
        loadAverage,
        within: Number(facts['gapMs']) < (loadAverage > cpus().length ? 6000 : 2500),
      }).toMatchObject({ within: true })
  },
)

import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type InstanceSources, watch } from './watch.ts'

const quiet: InstanceSources = {
  engines: { processes: new Map(), folders: new Map() },
  pool: async () => ({ inUse: 3, most: 100, waiting: 0 }),
  atWork: async () => ({ behindMs: 12, longestMs: 3, connections: { open: 30, most: 500 } }),
  eventLoops: async () => ({ api1: 4 }),
  files: async () => ({ hit: 0, miss: 0 }),
}

it('goes on looking while the pool does not answer, and ends', async () => {
  const never = new Promise<never>(() => undefined)
  let [seconds, asked] = [0, 0]
  const pool = () => {
    asked += 1
    return never
  }
  const watching = await watch('/nowhere', () => void (seconds += 1), { ...quiet, pool })
  await expect.poll(() => seconds, { timeout: 10_000, interval: 100 }).toBeGreaterThanOrEqual(2)
  const { elapsed } = await watching.end()
  expect(asked).toBe(1)
  expect(elapsed).toBeGreaterThan(1.5)
})

const event = (name: string, data: unknown): string => `${JSON.stringify({ event: name, data })}\n`
const second = (at: number): string => event('snapshot', [[at * 1000], [5]])
const head =
  event('param', { aggregates: { gauge: ['value'] } }) +
  event('metric', { time: { type: 'gauge' }, vus: { type: 'gauge' } }) +
  event('start', [[1000]])

it('puts the memory of each engine, the replica, the connections and the cache beside what k6 recorded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'watch-'))
  try {
    const recording = join(folder, 'recording')
    await writeFile(recording, head)
    let looks = 0
    const onSecond = () => void (looks += 1)
    const engines = { processes: new Map([[process.pid, 'tested']]), folders: new Map() }
    const files = async () => ({ hit: 3, miss: 1 })
    const watching = await watch(recording, onSecond, { ...quiet, engines, files })
    // What is seldom looked at is there from the second look on.
    await expect.poll(() => looks, { timeout: 10_000, interval: 50 }).toBeGreaterThanOrEqual(2)
    await appendFile(recording, second(2))
    const { timeline } = await watching.end()
    expect(timeline).toMatchObject([
      {
        behindMs: 12,
        longestMs: 3,
        connections: { open: 30, most: 500 },
        eventLoops: { api1: 4 },
        hitPercent: 75,
        pool: { inUse: 3 },
      },
    ])
    expect(timeline[0]?.memory?.['tested']).toBeGreaterThan(10)
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('says nothing of the cache before anybody asked for a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'watch-'))
  try {
    const recording = join(folder, 'recording')
    await writeFile(recording, head + second(2))
    const watching = await watch(recording, () => undefined, quiet)
    const { timeline } = await watching.end()
    expect(timeline.map(({ hitPercent }) => hitPercent)).toEqual([undefined])
  } finally {
    await rm(folder, { recursive: true })
  }
})

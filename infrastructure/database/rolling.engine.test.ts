import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { testWorld } from '../../test/world.ts'
import { held } from './held.ts'
import { sizesNow } from './hold-pool.ts'
import { synchronous } from './kill-primary.ts'
import { RestartedMembers } from './proofs/restarted-members.ts'

const longestPauseMs = 15_000

let on: RestartedMembers

beforeAll(async () => {
  on = await RestartedMembers.up()
})
afterAll(() => on.instance.remove())

test('restarts all members without a failed request: those that follow, a switchover, the former primary', async () => {
  const before = await synchronous(on.addresses, on.cluster)
  const pidsBefore = await on.pids()
  await on.changeServices()
  const seen = await on.underLoad(async () => void (await on.instance.must('deploy', 'database', '--yes')))
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  expect(seen.longestGapMs).toBeLessThan(longestPauseMs)
  const pidsAfter = await on.pids()
  expect(pidsAfter.filter((pid) => pidsBefore.includes(pid))).toEqual([])
  expect((await synchronous(on.addresses, on.cluster)).primary).not.toBe(before.primary)
})

test('has another member lead when it is asked to, without a failed request, and says how long writes waited', async () => {
  const before = await synchronous(on.addresses, on.cluster)
  let said = ''
  const seen = await on.underLoad(async () => void (said = (await on.instance.must('switchover', '--json')).stdout))
  // Of two that commits wait for it is the one with the most of the log, which is decided while clients write.
  const { primary: leads } = await synchronous(on.addresses, on.cluster)
  expect(leads).not.toBe(before.primary)
  expect(JSON.parse(said)).toMatchObject({ from: before.primary, to: leads, failed: [], lost: 0, changed: true })
  expect(JSON.parse(said).gapMs).toBeGreaterThan(100)
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  expect((await on.instance.must('switchover', '--to', leads)).stdout).toContain('nothing was changed')
  expect(await on.instance.edge(['switchover', '--to', 'pg9'])).toMatchObject({ code: 2 })
})

test('lets a pool go on that a hand has paused and forgotten', async () => {
  await withClient(on.addresses.console, (console_) => console_.query('pause app'))
  await on.instance.must('deploy', 'database', '--yes')
  expect(await on.isPaused('app')).toBe(false)
})

test('lets a pool go on whose holder was killed together with edge, and leaves alone one that somebody holds', async () => {
  const sizes = await sizesNow(on.addresses.console)
  const order = { console: on.addresses.console, databases: ['app'], sizes, drainsWithinMs: 10_000 }
  // Held by this process, which does as little about it as an edge that was killed.
  expect(await held('hold-pool.ts', order, 'paused')).toBeTypeOf('object')
  // The agent looks twice meanwhile.
  await wait(12_000)
  expect(await on.isPaused('app')).toBe(true)
  const { stdout } = await testWorld().world.run(['pgrep', '-P', String(process.pid), '-f', 'hold-pool.ts'])
  process.kill(Number(stdout), 'SIGKILL')
  const asked = withClient(on.addresses.app, (client) => client.query('select 1'))
  await expect.poll(() => on.isPaused('app'), { timeout: 30_000, interval: 250 }).toBe(false)
  expect((await asked).rowCount).toBe(1)
  await expect.poll(() => sizesNow(on.addresses.console)).toEqual(sizes)
})

test('has a pool open connections again that was to be paused by one that was killed before it was', async () => {
  await withClient(on.addresses.console, (console_) => console_.query('set default_pool_size = 0'))
  await expect.poll(() => sizesNow(on.addresses.console)).toMatchObject({ default_pool_size: 100 })
})

test('takes another share of the memory without a failed request: those that follow restart first, then the primary where it is', async () => {
  const { primary } = await synchronous(on.addresses, on.cluster)
  const buffers = () =>
    Promise.all(
      on.cluster.members.map((member) =>
        withClient(on.addresses.members[member], async (client) => (await client.query('show shared_buffers')).rows[0]),
      ),
    )
  const before = await buffers()
  const text = await readFile(on.instance.file, 'utf8')
  const own = 'database: { replicas: 1, memoryPercent: 10 },'
  await writeFile(on.instance.file, text.replace(/\n}\n$/, `\n  ${own}\n}\n`))
  const seen = await on.underLoad(async () => void (await on.instance.must('deploy', 'database', '--yes')))
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  const after = await buffers()
  expect(after).toHaveLength(3)
  expect(new Set(after.map((row) => JSON.stringify(row))).size).toBe(1)
  expect(after[0]).not.toEqual(before[0])
  expect((await synchronous(on.addresses, on.cluster)).primary).toBe(primary)
})

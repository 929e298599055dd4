import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { synchronous } from './kill-primary.ts'
import { RestartedMembers } from './proofs/restarted-members.ts'

const longestPauseMs = 15_000

let on: RestartedMembers

beforeAll(async () => {
  on = await RestartedMembers.up()
})
afterAll(() => on.instance.remove())

test('restarts both members without a failed request: the standby, a switchover, the former primary', async () => {
  const before = await synchronous(on.addresses, on.cluster)
  const pidsBefore = await on.pids()
  await on.changeServices()
  const seen = await on.underLoad(async () => void (await on.instance.must('deploy', 'database', '--yes')))
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  expect(seen.longestGapMs).toBeLessThan(longestPauseMs)
  const pidsAfter = await on.pids()
  expect(pidsAfter.filter((pid) => pidsBefore.includes(pid))).toEqual([])
  expect(await synchronous(on.addresses, on.cluster)).toEqual({ name: before.primary, primary: before.name })
})

test('has the standby lead when it is asked to, without a failed request, and says how long writes waited', async () => {
  const before = await synchronous(on.addresses, on.cluster)
  let said = ''
  const seen = await on.underLoad(async () => void (said = (await on.instance.must('switchover', '--json')).stdout))
  expect(JSON.parse(said)).toMatchObject({ from: before.primary, to: before.name, failed: [], lost: 0, changed: true })
  expect(JSON.parse(said).gapMs).toBeGreaterThan(100)
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  expect(await synchronous(on.addresses, on.cluster)).toEqual({ name: before.primary, primary: before.name })
  expect((await on.instance.must('switchover', '--to', before.name)).stdout).toContain('nothing was changed')
  expect(await on.instance.edge(['switchover', '--to', 'pg9'])).toMatchObject({ code: 2 })
})

test('lets a pool go on that a hand has paused and forgotten', async () => {
  await withClient(on.addresses.console, (console_) => console_.query('pause app'))
  await on.instance.must('deploy', 'database', '--yes')
  expect(await on.isPaused('app')).toBe(false)
})

test('takes another share of the memory without a failed request: the standby restarts first, then the primary where it is', async () => {
  const { primary } = await synchronous(on.addresses, on.cluster)
  const buffers = () =>
    Promise.all(
      on.cluster.members.map((member) =>
        withClient(on.addresses.members[member], async (client) => (await client.query('show shared_buffers')).rows[0]),
      ),
    )
  const before = await buffers()
  const text = await readFile(on.instance.file, 'utf8')
  const own = 'database: { replicas: 0, memoryPercent: 10 },'
  await writeFile(on.instance.file, text.replace(/\n}\n$/, `\n  ${own}\n}\n`))
  const seen = await on.underLoad(async () => void (await on.instance.must('deploy', 'database', '--yes')))
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  const [one, other] = await buffers()
  expect(one).toEqual(other)
  expect(one).not.toEqual(before[0])
  expect((await synchronous(on.addresses, on.cluster)).primary).toBe(primary)
})

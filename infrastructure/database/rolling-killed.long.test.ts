import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { project } from '../../test/instance.ts'
import { synchronous } from './kill-primary.ts'
import { RestartedMembers } from './proofs/restarted-members.ts'

let on: RestartedMembers

beforeAll(async () => {
  on = await RestartedMembers.up()
})
afterAll(() => on.instance.remove())

const moments = [
  ['the readers are paused', () => on.isPaused('app_ro')],
  ['a member is down', async () => (await on.instance.status()).engines.some(({ state }) => state === 'down')],
  ['everybody is paused', () => on.isPaused('app')],
] as const

test.each(moments)('lets the pool go on, and is taken up again, when it is killed while %s', async (_, come) => {
  await synchronous(on.addresses, on.cluster)
  const pidsBefore = await on.pids()
  await on.changeServices()
  const seen = await on.underLoad(async () => {
    const child = spawn(join(project, 'edge'), ['deploy', 'database', '--yes', '--config', on.instance.file], {
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    for (let here = false; !here && child.exitCode === null; here = await come()) await wait(10)
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    await expect.poll(async () => (await on.isPaused('app')) || (await on.isPaused('app_ro'))).toBe(false)
    await on.instance.must('deploy', 'database', '--yes')
  })
  expect(seen.lost).toBe(0)
  const pidsAfter = await on.pids()
  expect(pidsAfter.filter((pid) => pidsBefore.includes(pid))).toEqual([])
  await synchronous(on.addresses, on.cluster)
  expect(JSON.parse((await on.instance.edge(['deploy', 'database', '--yes', '--json'])).stdout)).toMatchObject({
    changed: 0,
  })
})

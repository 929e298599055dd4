import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { lockInstance } from './lock.ts'

const { world } = testWorld()

let state = ''
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-lock-'))
  await mkdir(join(state, 'run'))
})
afterEach(() => rm(state, { recursive: true, force: true }))
const now = new Date('2026-01-02T03:04:05Z')

describe('the lock of an instance', () => {
  it('is had by one at a time, and says by whom', async () => {
    const release = await lockInstance(state, 'up', now)
    await expect(lockInstance(state, 'down', now)).rejects.toThrow(
      `edge up (pid ${process.pid}, since 2026-01-02T03:04:05.000Z) is at work on this instance`,
    )
    await release()
    await (
      await lockInstance(state, 'down', now)
    )()
  })

  it('is free again after kill -9 of its holder', async () => {
    const code = `
      const { lockInstance } = await import('${join(import.meta.dirname, 'lock.ts')}')
      await lockInstance('${state}', 'up', new Date())
      console.log('locked')
      setInterval(() => undefined, 1000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    await expect(lockInstance(state, 'down', now)).rejects.toThrow('is at work')
    holder.kill('SIGKILL')
    await once(holder, 'close')
    await expect.poll(async () => (await lockInstance(state, 'down', now))()).toBeUndefined()
  })

  it('is waited for a moment where the one that is named has ended: who took it since is not written down yet', async () => {
    const taken = await lockInstance(state, 'heal standby', now)
    await writeFile(join(state, 'run', 'lock.holder'), 'edge publish (pid 4194305, since 2026-01-02T03:04:05.000Z)\n')
    const waiting = lockInstance(state, 'deploy', now)
    const first = await Promise.race([waiting.then(() => 'had'), world.sleep(300).then(() => 'waits')])
    expect(first).toBe('waits')
    await taken()
    await (
      await waiting
    )()
  })

  it('is had, and given back, where its holder cannot be written down: the disk may be full', async () => {
    await mkdir(join(state, 'run', 'lock.holder'))
    const release = await lockInstance(state, 'down', now)
    await expect(lockInstance(state, 'up', now)).rejects.toThrow('another command is at work')
    await release()
    await (
      await lockInstance(state, 'up', now)
    )()
  })

  it('is waited for while the agent puts a step right', async () => {
    const heal = await lockInstance(state, 'heal standby', now)
    const waiting = lockInstance(state, 'deploy', now)
    const first = await Promise.race([waiting.then(() => 'had'), world.sleep(300).then(() => 'waits')])
    expect(first).toBe('waits')
    await heal()
    await (
      await waiting
    )()
  })
})

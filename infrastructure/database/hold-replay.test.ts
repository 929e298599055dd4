import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownNode } from '../../src/core/process.ts'
import { held } from './held.ts'

/** `T`: it is stopped. */
const stateOf = async (pid: number): Promise<string> =>
  /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''

test('has the replay go on, although whoever had it stopped was killed before they heard that it was', async () => {
  const replay = spawn('sleep', ['60'], { stdio: 'ignore' })
  const pid = Number(replay.pid)
  try {
    const holder = spawn(ownNode, [join(import.meta.dirname, 'hold-replay.ts')], { stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = once(holder, 'exit')
    holder.stdin.on('error', () => undefined)
    holder.stdout.destroy()
    holder.stdin.write(`${JSON.stringify({ pids: [pid], forMs: 60_000 })}\n`)
    await expect.poll(() => stateOf(pid), { timeout: 10_000 }).toBe('T')
    holder.stdin.end()
    await ended
    expect(await stateOf(pid)).not.toBe('T')
  } finally {
    replay.kill('SIGKILL')
  }
})

test('is told from one that has put all back, where it failed', async () => {
  const gone = spawn('true', { stdio: 'ignore' })
  await once(gone, 'exit')
  expect(await held('hold-replay.ts', { pids: [gone.pid], forMs: 60_000 }, 'stopped')).toBe('failed')
})

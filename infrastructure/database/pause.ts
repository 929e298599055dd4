import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ownNode } from '../../src/core/process.ts'
import type { World } from '../../src/core/world.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import type { PauseOrder } from './hold-pool.ts'

/**
 * Databases of the pool whose clients wait while the servers behind them change. A door with a session for each client
 * is not among them: it would be paused when the last client has left.
 */
export const paused = { all: ['app', 'app_ro', 'edge'], readers: ['app_ro'] } as const

/** Transactions that take longer are cut: all others wait for them meanwhile. */
const drainsWithinMs = 10_000
const triesAtMost = 3
const betweenTriesMs = 2000

/**
 * Does something while clients of the pool wait instead of failing. What was begun ends first; where a transaction goes on
 * for too long, the clients go on for a moment and it is tried again, and in the end done without a pause.
 */
export async function withPoolPaused<Result>(
  console_: PgAddress,
  databases: readonly string[],
  work: () => Promise<Result>,
  world: World,
): Promise<Result> {
  for (let tries = 0; tries < triesAtMost; tries += 1) {
    const held = await hold({ console: console_, databases, drainsWithinMs })
    if (held) {
      try {
        return await work()
      } finally {
        await held.release()
      }
    }
    await world.sleep(betweenTriesMs)
  }
  return work()
}

/** Ends the pool's connections as they get free, and lets it make new ones; does nothing where that takes too long. */
export async function pausedForAMoment(console_: PgAddress): Promise<void> {
  const held = await hold({ console: console_, databases: paused.all, drainsWithinMs })
  await held?.release()
}

/**
 * Pauses, in a process of its own: if this one is killed, the pipe between them closes, and the pool goes on. Answers
 * undefined where the pool could not be paused: it serves its clients again, then.
 */
async function hold(order: PauseOrder): Promise<{ release: () => Promise<void> } | undefined> {
  const child = spawn(ownNode, [join(import.meta.dirname, 'hold-pool.ts')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C in a terminal is for this process, which then lets go of the pool.
    detached: true,
  })
  const ended = once(child, 'close')
  // It has ended by itself: what it could not do shows in what it said.
  child.stdin.on('error', () => undefined)
  // Not in its arguments, which everybody on the machine can read.
  child.stdin.write(`${JSON.stringify(order)}\n`)
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line))
  const first = await Promise.race([said, ended.then(() => 'ended')])
  if (first === 'paused')
    return {
      release: async () => {
        child.stdin.end()
        await ended
      },
    }
  child.stdin.end()
  await ended
  return undefined
}

import type { World } from '../../src/core/world.ts'
import type { Addresses } from './addresses.ts'
import { held } from './held.ts'
import { letGo, type PauseOrder, sizesIn, sizesNow } from './hold-pool.ts'

/** The pool's console, and where it stands how large its pools are. */
type Pool = Pick<Addresses, 'console' | 'poolFile'>

/**
 * Databases of the pool whose clients wait while the servers behind them change. A door with a session for each client
 * is not among them: it would be paused when the last client has left.
 */
export const paused = { all: ['app', 'app_ro', 'edge'], writers: ['app', 'edge'], readers: ['app_ro'] } as const

/** Transactions that take longer are cut: all others wait for them meanwhile. */
const drainsWithinMs = 10_000
const triesAtMost = 3
const betweenTriesMs = 2000

/**
 * Does something while clients of the pool wait instead of failing. What was begun ends first; where a transaction goes on
 * for too long, the clients go on for a moment and it is tried again, and in the end done without a pause; or, where there
 * is something else to do `otherwise`, that is done at once.
 */
export async function withPoolPaused<Result>(
  pool: Pool,
  databases: readonly string[],
  work: () => Promise<Result>,
  world: World,
  otherwise?: () => Promise<Result>,
): Promise<Result> {
  // Who has something else to do has its clients wait once, and no more.
  for (let tries = otherwise ? triesAtMost - 1 : 0; tries < triesAtMost; tries += 1) {
    const holder = await hold(pool, { databases, drainsWithinMs })
    if (holder) {
      try {
        return await work()
      } finally {
        await holder.release()
      }
    }
    if (!otherwise) await world.sleep(betweenTriesMs)
  }
  return (otherwise ?? work)()
}

/** Ends the pool's connections as they get free, and lets it make new ones; does nothing where that takes too long. */
export async function pausedForAMoment(pool: Pool): Promise<void> {
  const holder = await hold(pool, { databases: paused.all, drainsWithinMs })
  await holder?.release()
}

/**
 * Pauses, in a process of its own: if this one is killed, the pool goes on. Answers undefined where the pool could not be
 * paused: it serves its clients again, then.
 */
async function hold(
  { console: console_, poolFile }: Pool,
  of: Pick<PauseOrder, 'databases' | 'drainsWithinMs'>,
): Promise<{ release: () => Promise<void> } | undefined> {
  const now = await sizesNow(console_).catch(() => undefined)
  // It does not run.
  if (!now) return undefined
  const order: PauseOrder = { ...of, console: console_, sizes: (await sizesIn(poolFile)) ?? now }
  const goOn = async (how: 'ended' | 'failed'): Promise<void> => {
    if (how === 'failed') await letGo(order)
  }
  const holder = await held('hold-pool.ts', order, 'paused')
  if (typeof holder === 'object') return { release: async () => goOn(await holder.release()) }
  await goOn(holder)
  return undefined
}

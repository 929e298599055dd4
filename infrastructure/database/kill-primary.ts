import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sendSignal } from '../../src/core/process.ts'
import type { Addresses } from './addresses.ts'
import type { Cluster } from './cluster.ts'
import { type Standby, synchronousStandby } from './step-standby.ts'
import { startWriting } from './write-load.ts'

const standbyIsBackWithinMs = 60_000
/** Longer than the lease, at whose end the standby takes over at the latest. */
const acknowledgesWithinMs = 60_000

/** Waits until the standby has all writes and may take over. Rejects with what is missing after a minute. */
export async function synchronous(
  addresses: Addresses,
  cluster: Cluster,
  sleep = (ms: number): Promise<void> => wait(ms),
): Promise<Standby> {
  const deadline = Date.now() + standbyIsBackWithinMs
  for (;;) {
    const seen = await synchronousStandby(addresses, cluster).catch((error: unknown) => ({ problem: String(error) }))
    if (!('problem' in seen)) return seen
    if (Date.now() > deadline) throw new Error(seen.problem)
    await sleep(100)
  }
}

/** Kills the primary's server while clients write through the pool, and answers what that was like for them. */
export async function killPrimary(
  state: string,
  addresses: Addresses,
  cluster: Cluster,
  clients = 8,
  sleep = (ms: number): Promise<void> => wait(ms),
) {
  const before = await synchronous(addresses, cluster, sleep)
  const load = await startWriting({ ...addresses.edge, database: 'app' }, clients)
  try {
    await load.acknowledges(200, acknowledgesWithinMs, sleep)
    const [pid] = (await readFile(join(state, 'data', before.primary, 'postmaster.pid'), 'utf8')).split('\n')
    sendSignal(Number(pid), 'SIGKILL')
    await load.acknowledges(200, acknowledgesWithinMs, sleep)
  } catch (error) {
    // Clients that write on would disturb whatever comes next.
    await load.stop().catch(() => undefined)
    throw error
  }
  return { before, ...(await load.stop()) }
}

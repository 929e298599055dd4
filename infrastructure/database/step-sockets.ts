import { Client } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import type { Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { type PgAddress, serverAnswersWithinMs } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import type { Member } from './members.ts'

/** Patroni reads its file anew in its next round, and has PostgreSQL read its rules then. */
const inForceWithinMs = 60_000

/**
 * Every member that answers lets clients in by its socket, before the pool comes that way. Up to 0.2.1 it let in nobody there
 * but Patroni, and a pool that is refused refuses its own clients for a while.
 */
export function socketsStep(folder: string, addresses: Addresses, members: readonly Member[]): Step {
  const closed = async (): Promise<readonly Member[]> => {
    const seen = members.map(async (name) =>
      (await isClosed(folder, addresses.members[name].port, addresses.app)) ? [name] : [],
    )
    return (await Promise.all(seen)).flat()
  }
  const untilOpen = async (world: World): Promise<void> => {
    const deadline = performance.now() + inForceWithinMs
    for (;;) {
      const [name] = await closed()
      if (name === undefined) return
      if (performance.now() > deadline)
        throw new OperatorError('database', `${name} lets nobody in by its socket`, `edge logs ${name}`)
      await world.sleep(100)
    }
  }
  return {
    kind: 'step',
    name: 'sockets',
    component: 'database',
    title: 'sockets',
    after: ['haproxy', ...members],
    observe: async () => {
      const [name] = await closed()
      return name === undefined ? 'done' : { missing: `${name} lets nobody in by its socket yet` }
    },
    ensure: untilOpen,
    detail: async () => 'open to the pool',
  }
}

/** One that does not answer has read its rules when it does: they are written before it starts. */
async function isClosed(folder: string, port: number, { database, user, password }: PgAddress): Promise<boolean> {
  const client = new Client({
    host: folder,
    port,
    database,
    user,
    password,
    connectionTimeoutMillis: serverAnswersWithinMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return false
  } catch (error) {
    // Whoever is refused for his password was let in so far.
    return error instanceof Error && /no pg_hba\.conf entry/.test(error.message)
  } finally {
    await client.end().catch(() => undefined)
  }
}

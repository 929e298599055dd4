import { OperatorError } from '../../src/core/errors.ts'
import type { Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import { reloadMember } from './cluster.ts'
import type { Members } from './members-in-turn.ts'
import type { Member } from './members.ts'
import { refusalOf } from './refusal.ts'

/** Patroni reads its file anew in its next round, and has PostgreSQL read its rules then. */
const inForceWithinMs = 60_000

/**
 * Every member that answers lets clients in by its socket, before the pool comes that way. Up to 0.2.1 it let in nobody there
 * but Patroni, and a pool that is refused refuses its own clients for a while.
 */
export function socketsStep(folder: string, { addresses, cluster }: Pick<Members, 'addresses' | 'cluster'>): Step {
  const { members } = cluster
  const closed = async (): Promise<readonly Member[]> => {
    const seen = members.map(async (name) =>
      (await isClosed(folder, addresses.members[name].port, addresses.app)) ? [name] : [],
    )
    return (await Promise.all(seen)).flat()
  }
  const untilOpen = async (world: World): Promise<void> => {
    // Whoever is told to read its configuration anew writes its rules anew, too: a hand may have taken one away.
    for (const name of await closed()) await reloadMember(cluster, name).catch(() => undefined)
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
  const error = await refusalOf({ host: folder, port, database, user, password })
  // Whoever is refused for his password was let in so far.
  return error instanceof Error && /no pg_hba\.conf entry/.test(error.message)
}

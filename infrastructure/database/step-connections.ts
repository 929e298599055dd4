import type { Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { secondsSince, showConsole } from './pool-console.ts'

/**
 * The pool's connections lead through HAProxy, and one that was reloaded ends those of before after a while, with the
 * statement under way (seen 30 s after a change of its configuration: `server conn crashed?`). So the pool is told to
 * replace each of them as soon as its client is done with it.
 */
export function connectionsStep({ console }: Addresses, reloadedAt: () => Promise<Date | undefined>): Step {
  const older = async (): Promise<number> => {
    const reloaded = await reloadedAt()
    if (!reloaded) return 0
    // PgBouncer counts in whole seconds.
    const second = new Date(Math.floor(reloaded.getTime() / 1000) * 1000)
    const servers = await showConsole(console, 'servers')
    return servers.filter((row) => Number(row['close_needed']) === 0 && secondsSince(row['connect_time'], second) > 0)
      .length
  }
  return {
    kind: 'step',
    name: 'connections',
    component: 'database',
    title: 'connections',
    after: ['haproxy', 'pgbouncer'],
    observe: async () => {
      const count = await older()
      return count === 0 ? 'done' : { missing: `${count} of the pool lead through the HAProxy of before` }
    },
    ensure: async () => {
      await withClient(console, (client) => client.query('reconnect'))
    },
    detail: async () => 'through the HAProxy that runs',
  }
}

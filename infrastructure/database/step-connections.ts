import type { Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { pausedForAMoment } from './pause.ts'
import { secondsSince, showConsole } from './pool-console.ts'

/**
 * The pool's connections lead through HAProxy, and one that was reloaded ends those of before after a while, with the
 * statement under way (seen 30 s after a change of its configuration: `server conn crashed?`). So the pool makes them anew.
 */
export function connectionsStep(addresses: Addresses, reloadedAt: () => Promise<Date | undefined>): Step {
  const { console: console_ } = addresses
  /** The database of the pool that each of them is of. */
  const older = async (): Promise<readonly string[]> => {
    const reloaded = await reloadedAt()
    if (!reloaded) return []
    // PgBouncer counts in whole seconds.
    const second = new Date(Math.floor(reloaded.getTime() / 1000) * 1000)
    const servers = await showConsole(console_, 'servers')
    return servers
      .filter((row) => Number(row['close_needed']) === 0 && secondsSince(row['connect_time'], second) > 0)
      .map((row) => String(row['database']))
  }
  return {
    kind: 'step',
    name: 'connections',
    component: 'database',
    title: 'connections',
    // Members pause the pool while one takes over from the other, and the end of a pause of ours would be the end of theirs.
    after: ['haproxy', 'pool'],
    observe: async () => {
      const { length } = await older()
      return length === 0 ? 'done' : { missing: `${length} of the pool lead through the HAProxy of before` }
    },
    ensure: async () => {
      await pausedForAMoment(addresses)
      // Those that are busy for longer, and those of databases that are never paused, leave when they are free. By name, and
      // not at once for all: RECONNECT counts a connection that is just signing in as refused, and refuses clients for it.
      for (const name of new Set(await older()))
        await withClient(console_, (client) => client.query(`reconnect ${name}`))
    },
    detail: async () => 'through the HAProxy that runs',
  }
}

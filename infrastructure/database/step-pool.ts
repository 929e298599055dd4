import type { Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import type { Member } from './members.ts'
import { paused } from './pause.ts'
import { showConsole } from './pool-console.ts'

/** No database of the pool is paused: a hand may have forgotten it, or one that was killed together with its guard. */
export function poolStep({ console: console_ }: Addresses, members: readonly Member[]): Step {
  const stopped = async (): Promise<readonly string[]> => {
    const rows = await showConsole(console_, 'databases')
    return paused.all.filter((name) => rows.some((row) => row['name'] === name && Number(row['paused']) === 1))
  }
  return {
    kind: 'step',
    name: 'pool',
    component: 'database',
    title: 'pool',
    // Members pause it while one takes over from the other.
    after: ['pgbouncer', ...members],
    observe: async () => {
      const [first] = await stopped()
      return first === undefined ? 'done' : { missing: `${first} is paused` }
    },
    ensure: async () => {
      for (const name of await stopped()) await withClient(console_, (client) => client.query(`resume ${name}`))
    },
    detail: async () => 'serves its clients',
  }
}

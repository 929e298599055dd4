import type { Step } from '../../src/core/plan.ts'
import type { Addresses } from './addresses.ts'
import { letGo, sizesNow } from './hold-pool.ts'
import type { Member } from './members.ts'
import { paused } from './pause.ts'
import { showConsole } from './pool-console.ts'
import type { DatabaseSettings } from './settings.ts'

/**
 * No database of the pool is paused, and it opens as many connections as it is to, which a pause begins with: a hand may have
 * forgotten it, or one that was killed together with its guard.
 */
export function poolStep(
  { console: console_ }: Addresses,
  members: readonly Member[],
  { pool }: DatabaseSettings,
): Step {
  const sizes = { default_pool_size: pool.maximum, min_pool_size: pool.minimum }
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
      if (first !== undefined) return { missing: `${first} is paused` }
      const { default_pool_size: most, min_pool_size: least } = await sizesNow(console_)
      if (most !== pool.maximum) return { missing: `it opens ${most} connections, not ${pool.maximum}` }
      return least === pool.minimum ? 'done' : { missing: `it keeps ${least} connections open, not ${pool.minimum}` }
    },
    ensure: async () => letGo({ console: console_, databases: await stopped(), sizes }),
    detail: async () => 'serves its clients',
  }
}

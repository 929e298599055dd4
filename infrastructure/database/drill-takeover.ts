import { type Drill, DrillFailed } from '../../src/core/drill.ts'
import { Interrupted, messageOf, OperatorError } from '../../src/core/errors.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import type { World } from '../../src/core/world.ts'
import { drills, takeoverAsDeployed } from './drilled.ts'
import { untilAllFollow } from './followers.ts'
import { database } from './guarantees.ts'
import { killPrimary, synchronous } from './kill-primary.ts'
import type { DatabaseEndpoint } from './local.ts'
import { standbyNow, switchover } from './switchover.ts'
import { lostInTakeover, noneTookOver, showsTakeover } from './takeover.ts'

/** So many write while it is drilled. */
const writers = 20
const wholeWithinMs = 60_000

type On = Pick<DatabaseEndpoint, 'addresses' | 'cluster' | 'settings' | 'routes' | 'state'>

const proves = [database.standby.id, database.noLostWrites.id]
const next = 'edge verify database; edge logs pg1, edge logs etcd; edge losses lists what is known to be lost'

/** Alone with the instance: a deployment restarts members, and what the agent heals would be taken for the failover. */
async function alone<Result>({ state }: On, name: string, world: World, work: () => Promise<Result>): Promise<Result> {
  const release = await lockInstance(state, `drill ${name}`, world.now())
  try {
    return await work()
  } finally {
    await release()
  }
}

/** Kills the primary's server, numbers what is acknowledged meanwhile, and looks for each number afterwards. */
export const failoverDrill: Drill<On> = {
  name: drills.failover,
  says: "kills the primary's server while 20 clients write, and compares what was acknowledged with what is there",
  harms: "the primary's server is killed: clients meet errors and wait for about 3 s, sessions past the pool are cut",
  proves,
  of: async ({ cluster }) => takeoverAsDeployed(cluster),
  run: (on, world) => alone(on, drills.failover, world, () => failover(on, world)),
  show: showsTakeover,
}

async function failover(on: On, world: World) {
  const { state, addresses, cluster } = on
  const sleep = (ms: number): Promise<void> => world.sleep(ms)
  // Nobody is killed where nobody could take over, or where writes would wait until another one is back.
  await standbyNow(on)
  const away = await untilAllFollow(on, wholeWithinMs, sleep)
  if (away.length > 0) {
    const what = `${away.join(', ')} does not follow the primary: nobody was killed`
    throw new OperatorError(drills.failover, what, 'edge deploy database brings it back; then again')
  }
  const { primary: from } = await standbyNow(on)
  const seen = await killPrimary(state, addresses, cluster, writers, sleep).catch((error: unknown) => {
    if (error instanceof Interrupted || error instanceof OperatorError) throw error
    throw new DrillFailed(drills.failover, messageOf(error), { from, writers, resumed: false }, next)
  })
  const begun = performance.now()
  const after = await synchronous(addresses, cluster, sleep).catch((error: unknown) => ({ problem: messageOf(error) }))
  const facts = {
    from,
    to: 'problem' in after ? 'unknown' : after.primary,
    writers,
    acknowledged: seen.acknowledged,
    lost: seen.lost,
    gapMs: Math.round(seen.longestGapMs),
    errors: seen.errors.length,
    standbyAfterMs: Math.round(performance.now() - begun),
  }
  const problem = lostInTakeover(facts) ?? noneTookOver(facts)
  if (problem !== undefined) throw new DrillFailed(drills.failover, problem, facts, next)
  return facts
}

/** Has a standby take over as it is planned, with no request failed. */
export const switchoverDrill: Drill<On> = {
  name: drills.switchover,
  says: 'has a standby lead while 20 clients write, and counts what failed and what is missing',
  harms: "another member leads from then on: the pool's clients wait for about 2 s, sessions past the pool are cut",
  proves,
  of: async ({ cluster }) => takeoverAsDeployed(cluster),
  run: (on, world) =>
    alone(on, drills.switchover, world, async () => {
      const { primary: from } = await standbyNow(on)
      const { failed, ...seen } = await switchover(on, { from, writers }, world)
      const facts = { ...seen, failed: failed.length }
      const [first] = failed
      const problem =
        lostInTakeover(facts) ?? (first === undefined ? undefined : `${failed.length} requests failed: ${first}`)
      if (problem !== undefined) throw new DrillFailed(drills.switchover, problem, facts, next)
      return facts
    }),
  show: showsTakeover,
}

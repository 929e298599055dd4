import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { synchronousInEtcd } from './ask-etcd.ts'
import { changeSharedSettings, type Cluster } from './cluster.ts'
import type { Member } from './members.ts'

const hasAllWithinMs = 60_000

/**
 * Does something for which this very member has to have every acknowledged write, as commits wait for all members meanwhile:
 * one that Patroni is given by name leads whatever it has. Whoever is killed in the middle leaves commits that wait for more
 * than they have to: the next one who names a member ends that, and so does the step `standby`, which the agent calls.
 */
export async function whileAllHaveAll(
  cluster: Cluster,
  member: Member,
  work: () => Promise<void>,
  world: Pick<World, 'sleep'>,
): Promise<void> {
  try {
    await waitForAll(cluster, member, world)
    await work()
  } finally {
    await changeSharedSettings(cluster, { synchronous_node_count: 1 })
  }
}

async function waitForAll(cluster: Cluster, member: Member, world: Pick<World, 'sleep'>): Promise<void> {
  await changeSharedSettings(cluster, { synchronous_node_count: cluster.members.length - 1 })
  const deadline = Date.now() + hasAllWithinMs
  while (!(await hasAll(cluster, member))) {
    if (Date.now() > deadline) {
      const what = `${member} has not all writes after ${hasAllWithinMs / 1000} s`
      const next = `edge logs ${member}; edge switchover without --to takes one that has`
      throw new OperatorError('switchover', what, next)
    }
    await world.sleep(100)
  }
}

/** Each that is written down has every acknowledged write where none has to be asked beside it. */
async function hasAll(cluster: Cluster, member: Member): Promise<boolean> {
  const { standbys, quorum } = await synchronousInEtcd(cluster)
  return quorum === 0 && standbys.includes(member)
}

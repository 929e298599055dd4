import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Observation, Step } from '../../src/core/plan.ts'
import type { Addresses } from './addresses.ts'
import { cloneAnew, type Cluster, type MemberStatus, statusOf } from './cluster.ts'
import { clonesLeftBehind } from './left-behind.ts'
import type { Member } from './members.ts'

const runsWithinMs = 60_000
const cloning = 'creating replica'

/**
 * Each member runs on a copy of its own. Patroni brings them there; this waits for as long as one is being cloned, and
 * has a clone begun anew that was cut off, and one cloned that waits for a log that is gone: Patroni itself would leave
 * both for good. `dataOf` is a member's folder.
 */
export function copiesStep(addresses: Addresses, cluster: Cluster, dataOf: (member: Member) => string): Step {
  const observe = async (): Promise<Observation> => {
    const away = (await statusOf(cluster)).find(({ state }) => state !== 'running')
    return away === undefined ? 'done' : { missing: `${away.member}: ${away.state}` }
  }
  return {
    kind: 'step',
    name: 'copies',
    component: 'database',
    title: 'copies',
    // Not after the roles: where a write waits for a second member, they wait for the copies.
    after: ['haproxy', ...cluster.members],
    observe,
    ensure: async (world) => {
      let deadline = Date.now() + runsWithinMs
      let isCloned = false
      const clonedLeftBehind = clonesLeftBehind(addresses, cluster, dataOf, world)
      while ((await observe()) !== 'done' && Date.now() < deadline) {
        const seen = await statusOf(cluster)
        // However long a large database takes.
        if (seen.some(({ state }) => state === cloning)) deadline = Date.now() + runsWithinMs
        const torn = isCloned ? undefined : await cutOffClone(seen, dataOf)
        if (torn !== undefined) {
          await cloneAnew(cluster, torn)
          isCloned = true
          deadline = Date.now() + runsWithinMs
        }
        if (await clonedLeftBehind()) deadline = Date.now() + runsWithinMs
        await world.sleep(250)
      }
    },
    detail: async () => `${cluster.members.length} members run`,
  }
}

/**
 * A member whose clone was cut off, while the primary runs: there are files and no control file, which is cloned last.
 * No server ever starts on such a copy.
 */
async function cutOffClone(
  seen: readonly MemberStatus[],
  dataOf: (member: Member) => string,
): Promise<Member | undefined> {
  const hasPrimary = seen.some(({ role, state }) => role === 'primary' && state === 'running')
  if (!hasPrimary) return undefined
  const others = seen.filter(({ role, state }) => role === 'replica' && state !== 'running' && state !== cloning)
  for (const { member } of others) {
    const data = dataOf(member)
    const [files, control] = await Promise.all([
      readdir(data).catch(() => []),
      stat(join(data, 'global', 'pg_control')).catch(() => undefined),
    ])
    if (files.length > 0 && !control) return member
  }
  return undefined
}

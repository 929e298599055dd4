import { synchronousInEtcd } from './ask-etcd.ts'
import { type Cluster, type MemberStatus, sharedSettings } from './cluster.ts'
import { memberNames } from './members.ts'

type Seen = Pick<MemberStatus, 'member' | 'state'> & { readonly role: string }

const starts = 'edge deploy database starts what does not run'
const runbook = 'docs/runbooks/database-failover.md'

/**
 * Why nobody leads, and what to do, line by line: a member that lacks an acknowledged write must not lead, and where those
 * that may are gone the others wait for ever. Empty where somebody leads. `etcd`: what is wrong with it.
 */
export async function wayOut(
  cluster: Cluster,
  members: readonly Seen[],
  etcd: string | undefined,
): Promise<readonly string[]> {
  if (members.some(({ role }) => role === 'primary')) return []
  if (etcd !== undefined) return [`nobody leads: ${etcd}`, `${starts}; edge logs etcd says more`]
  if ((await sharedSettings(cluster).catch(() => undefined))?.['pause'] === true)
    return ['nobody leads: automatic failover is switched off (Patroni is paused)', 'edge deploy database ends that']
  const { leader, standbys } = await synchronousInEtcd(cluster)
  const may = memberNames.filter((name) => name === leader || standbys.includes(name))
  if (may.length === 0) return ['nobody leads, and by etcd nobody ever did', `${starts}; edge logs pg1 says more`]
  const [who, logs] = [may.join(' or '), may.map((name) => `edge logs ${name}`).join(', ')]
  const runs = (seen: Seen): boolean => seen.state === 'running'
  if (members.some((seen) => may.includes(seen.member) && runs(seen)))
    return [
      `nobody leads yet: ${who} may, once the lease of the last leader has ended`,
      `wait for that; then ${starts}; ${logs} say more`,
    ]
  const [other] = members.filter((seen) => !may.includes(seen.member) && runs(seen))
  return [
    `nobody leads: only ${who} has every acknowledged write, and does not run`,
    `${starts}; ${logs} say why it does not`,
    `where it cannot come back: edge restore database --to TIME --replace brings a backup back`,
    ...(other ? [`or ${other.member} leads with what it has, and the newest writes are gone: ${runbook}`] : []),
  ]
}

import { synchronousInEtcd } from './ask-etcd.ts'
import { type Cluster, type MemberStatus, sharedSettings } from './cluster.ts'
import { type Member, memberNames } from './members.ts'

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
  const { leader, standbys, quorum } = await synchronousInEtcd(cluster)
  const may = memberNames.filter((name) => name === leader || standbys.includes(name))
  if (may.length === 0) return ['nobody leads, and by etcd nobody ever did', `${starts}; edge logs pg1 says more`]
  const logs = may.map((name) => `edge logs ${name}`).join(', ')
  const running = memberNames.filter((name) =>
    members.some(({ member, state }) => member === name && state === 'running'),
  )
  const there = may.filter((name) => running.includes(name))
  // The last leader is one by itself: it has all.
  if (there.some((name) => name === leader) || there.length > quorum)
    return [
      `nobody leads yet: ${may.join(' or ')} may, once the lease of the last leader has ended`,
      `wait for that; then ${starts}; ${logs} say more`,
    ]
  const [other] = [...there, ...running]
  return [
    `nobody leads: ${whoHasAll(may, leader, quorum)}${there.length === 0 ? '' : ` but ${there.join(', ')}`}`,
    `${starts}; ${logs} say why it does not`,
    `where it cannot come back: edge restore database --to TIME --replace brings a backup back`,
    ...(other ? [`or ${other} leads with what it has, and the newest writes are gone: ${runbook}`] : []),
  ]
}

/** A standby may lack what another one has acknowledged: so many that one of them has it have to be asked together. */
function whoHasAll(may: readonly Member[], leader: string | undefined, quorum: number): string {
  if (quorum === 0) return `only ${may.join(' or ')} has every acknowledged write, and does not run`
  const standbys = may.filter((name) => name !== leader).join(', ')
  return `only ${leader}, or ${quorum + 1} of ${standbys} together, have every acknowledged write, and none of them runs`
}

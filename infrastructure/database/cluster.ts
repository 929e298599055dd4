import { request } from 'undici'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { Instance } from '../../src/core/instance.ts'
import { portsOf, secretsOf } from '../../src/core/reserved.ts'
import { askEtcd, type Etcd } from './ask-etcd.ts'
import { type Member, memberNames, perMember } from './members.ts'
import type { Tls } from './render-patroni.ts'
import { databaseReserved } from './reserved.ts'

/** Patroni's REST interface, which decides nothing by itself: it says what it sees and does what it is told. */
export type Cluster = {
  readonly members: readonly Member[]
  readonly restApi: Readonly<Record<Member, string>>
  readonly password: string
  readonly etcd: Etcd
}

export type MemberStatus = {
  readonly member: Member
  readonly role: 'primary' | 'replica' | 'unknown'
  readonly state: string
}

/** `members`: those that there are, by the configuration. */
export function clusterOf(instance: Instance, tls: Tls, members: readonly Member[]): Cluster {
  const { patroni, etcd, etcdPeer } = portsOf(instance, databaseReserved)
  return {
    members,
    restApi: perMember(patroni, (port) => `http://127.0.0.1:${port}`),
    password: secretsOf(instance, databaseReserved).patroni,
    etcd: { url: `https://127.0.0.1:${etcd}`, peerUrl: `https://127.0.0.1:${etcdPeer}`, tls },
  }
}

const answerWithinMs = 5000
const restartWithinMs = 60_000

async function ask(url: string, options: { method?: 'GET' | 'PATCH' | 'POST'; body?: object; password?: string } = {}) {
  const authorization = `Basic ${Buffer.from(`patroni:${options.password ?? ''}`).toString('base64')}`
  const timeout = options.method === 'POST' ? restartWithinMs : answerWithinMs
  const { statusCode, body } = await request(url, {
    method: options.method ?? 'GET',
    headersTimeout: timeout,
    bodyTimeout: timeout,
    ...(options.password === undefined ? {} : { headers: { authorization } }),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  })
  return { statusCode, text: await body.text() }
}

/** How each member sees itself; `unknown` where its Patroni does not answer. */
export async function statusOf(cluster: Cluster): Promise<readonly MemberStatus[]> {
  return Promise.all(
    cluster.members.map(async (member): Promise<MemberStatus> => {
      try {
        // The page of Patroni: {"state","role",…}; a field that is missing reads as not said. `master` is Patroni 3's word.
        const page = JSON.parse((await ask(`${cluster.restApi[member]}/patroni`)).text) as Record<string, unknown>
        const role = page['role'] === 'master' || page['role'] === 'primary' ? 'primary' : 'replica'
        return { member, role, state: String(page['state']) }
      } catch {
        return { member, role: 'unknown', state: 'does not answer' }
      }
    }),
  )
}

/** The tags that a member's running Patroni has, by their names; none where it does not answer. */
export async function tagsOf(cluster: Cluster, member: Member): Promise<readonly string[]> {
  const answer = await ask(`${cluster.restApi[member]}/patroni`).catch(() => undefined)
  // {"tags":{"nofailover":true},…}; a field that is missing reads as none.
  const page = answer && (JSON.parse(answer.text) as Record<string, unknown>)
  return Object.keys(Object(page?.['tags']))
}

/** Of the programs that decide who leads, by the first member that says so. */
export async function versionsOf(cluster: Cluster): Promise<{ readonly patroni: string; readonly postgresql: string }> {
  for (const member of cluster.members) {
    const answer = await ask(`${cluster.restApi[member]}/patroni`).catch(() => undefined)
    // {"server_version":150018,"patroni":{"version":"4.1.5",…},…}; a field that is missing reads as not said.
    const page = answer && (JSON.parse(answer.text) as Record<string, unknown>)
    const own = page?.['patroni']
    if (typeof own !== 'object' || own === null || page?.['server_version'] === undefined) continue
    return { patroni: String(Reflect.get(own, 'version')), postgresql: String(page['server_version']) }
  }
  throw patroniRefuses('no Patroni says which version it is')
}

/**
 * Why nobody can take over, as etcd itself sees it; undefined where it answers and has a leader. Patroni answers from
 * memory for a while after etcd is gone: it is not to be asked about that.
 */
export async function etcdProblem(cluster: Cluster): Promise<string | undefined> {
  try {
    const { statusCode, text } = await askEtcd(cluster, '/health')
    // {"health":"true"}; without a leader, or without room on its disk, it is 503 and "false", with the reason.
    return statusCode === 200 ? undefined : `etcd is not healthy (${text.trim()}), so nobody can take over`
  } catch (error) {
    return `etcd does not answer, so nobody can take over (${messageOf(error)})`
  }
}

/** All is asked through Patroni, which may be away. */
const patroniRefuses = (what: string, ...first: readonly string[]): OperatorError =>
  new OperatorError('database', what, [...first, `edge logs ${memberNames[0]}`, 'edge logs etcd'])

/** Whoever follows a primary that went on without etcd takes it for the leader until its lease would have ended. */
const sinceEtcd =
  'if etcd was away a moment ago: this again after `database.failover.lease` (20 s unless it is configured)'

/** Where etcd is away Patroni has no answer either, and it is not Patroni that an operator has to look at. */
const unanswered = async (cluster: Cluster, what: string): Promise<OperatorError> =>
  patroniRefuses((await etcdProblem(cluster)) ?? what)

/** The settings that the cluster shares, as etcd has them now. Throws when no member answers. */
export async function sharedSettings(cluster: Cluster): Promise<Readonly<Record<string, unknown>>> {
  for (const member of cluster.members) {
    const answer = await ask(`${cluster.restApi[member]}/config`).catch(() => undefined)
    // Patroni answers its own settings as one JSON object.
    if (answer?.statusCode === 200) return JSON.parse(answer.text) as Record<string, unknown>
  }
  throw await unanswered(cluster, 'no Patroni answers')
}

export async function changeSharedSettings(cluster: Cluster, settings: object): Promise<void> {
  for (const member of cluster.members) {
    const answer = await ask(`${cluster.restApi[member]}/config`, {
      method: 'PATCH',
      body: settings,
      password: cluster.password,
    }).catch(() => undefined)
    if (answer?.statusCode === 200) return
  }
  throw await unanswered(cluster, 'no Patroni took the changed settings')
}

export async function reloadMember(cluster: Cluster, member: Member): Promise<void> {
  await ask(`${cluster.restApi[member]}/reload`, { method: 'POST', body: {}, password: cluster.password })
}

export async function restartMember(cluster: Cluster, member: Member): Promise<void> {
  await ask(`${cluster.restApi[member]}/restart`, { method: 'POST', body: {}, password: cluster.password })
}

/**
 * Has another member take over from the primary, which becomes a standby: one that has every acknowledged write. Where it is
 * named, all others sleep for two seconds (4.1.5, ha.py), and with them the commits that wait for one of them; and it leads
 * whatever it has, so it is named only where all are waited for (named-successor.ts). Throws OperatorError in Patroni's words.
 */
export async function switchOver(cluster: Cluster, primary: Member, named?: Member): Promise<void> {
  const body = { leader: primary, ...(named === undefined ? {} : { candidate: named }) }
  const url = `${cluster.restApi[primary]}/switchover`
  const { statusCode, text } = await ask(url, { method: 'POST', body, password: cluster.password })
  if (statusCode === 200) return
  const what = `${named ?? 'no member'} could ${named ? 'not ' : ''}take over from ${primary}: ${text.trim()}`
  throw patroniRefuses(what, sinceEtcd)
}

/** Has a member delete its own copy and take the primary's; refused where there is no primary, or it is this one. */
export async function cloneAnew(cluster: Cluster, member: Member): Promise<void> {
  const body = { force: true }
  await ask(`${cluster.restApi[member]}/reinitialize`, { method: 'POST', body, password: cluster.password })
}

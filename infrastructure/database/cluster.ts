import { request } from 'undici'
import type { Instance } from '../../src/core/instance.ts'
import { members, type Member } from './render-patroni.ts'

/** Patroni's REST interface, which decides nothing by itself: it says what it sees and does what it is told. */
export type Cluster = {
  readonly restApi: Readonly<Record<Member, string>>
  readonly password: string
}

export type MemberStatus = {
  readonly member: Member
  readonly role: 'primary' | 'replica' | 'unknown'
  readonly state: string
  readonly pendingRestart: boolean
}

export function clusterOf(instance: Instance): Cluster {
  const { patroni } = instance.ports
  return {
    restApi: { pg1: `http://127.0.0.1:${patroni[0]}`, pg2: `http://127.0.0.1:${patroni[1]}` },
    password: instance.secrets.patroni,
  }
}

const answerWithinMs = 3000
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
    members.map(async (member): Promise<MemberStatus> => {
      try {
        // The page of Patroni 3: {"state","role","pending_restart"?,…}; a field that is missing reads as not said.
        const page = JSON.parse((await ask(`${cluster.restApi[member]}/patroni`)).text) as Record<string, unknown>
        const role = page['role'] === 'master' || page['role'] === 'primary' ? 'primary' : 'replica'
        return { member, role, state: String(page['state']), pendingRestart: page['pending_restart'] === true }
      } catch {
        return { member, role: 'unknown', state: 'does not answer', pendingRestart: false }
      }
    }),
  )
}

/**
 * Whether Patroni has written down, in etcd, that this member has all writes: only then may it take over. It says so
 * some seconds after PostgreSQL calls the standby synchronous.
 */
export async function mayTakeOver(cluster: Cluster, member: Member): Promise<boolean> {
  const answer = await ask(`${cluster.restApi[member]}/sync`).catch(() => undefined)
  return answer?.statusCode === 200
}

/** The settings that the cluster shares, as etcd has them now. Throws when no member answers. */
export async function sharedSettings(cluster: Cluster): Promise<Readonly<Record<string, unknown>>> {
  for (const member of members) {
    const answer = await ask(`${cluster.restApi[member]}/config`).catch(() => undefined)
    // Patroni answers its own settings as one JSON object.
    if (answer?.statusCode === 200) return JSON.parse(answer.text) as Record<string, unknown>
  }
  throw new Error('no Patroni answers')
}

export async function changeSharedSettings(cluster: Cluster, settings: object): Promise<void> {
  for (const member of members) {
    const answer = await ask(`${cluster.restApi[member]}/config`, {
      method: 'PATCH',
      body: settings,
      password: cluster.password,
    }).catch(() => undefined)
    if (answer?.statusCode === 200) return
  }
  throw new Error('no Patroni took the changed settings')
}

export async function reloadMember(cluster: Cluster, member: Member): Promise<void> {
  await ask(`${cluster.restApi[member]}/reload`, { method: 'POST', body: {}, password: cluster.password })
}

export async function restartMember(cluster: Cluster, member: Member): Promise<void> {
  await ask(`${cluster.restApi[member]}/restart`, { method: 'POST', body: {}, password: cluster.password })
}

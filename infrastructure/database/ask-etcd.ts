import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { Tls } from './render-patroni.ts'

/** Where etcd answers, and the certificate without which it does not. */
export type Etcd = { readonly url: string; readonly peerUrl: string; readonly tls: Tls }
type Asked = { readonly etcd: Etcd }

/** etcd that is frozen takes a connection, and answers nothing. */
const answersWithinMs = 5000

/** What etcd answers who shows the certificate of this instance. Rejects where it does not. */
export async function askEtcd(
  { etcd }: Asked,
  path: string,
  body?: object,
): Promise<{ readonly statusCode: number; readonly text: string }> {
  const { ca, certificate, key } = etcd.tls
  const [authority, cert, own] = await Promise.all([ca, certificate, key].map((file) => readFile(file, 'utf8')))
  const dispatcher = new Agent({ connect: { ca: authority, cert, key: own, timeout: answersWithinMs } })
  try {
    const answer = await request(`${etcd.url}${path}`, {
      dispatcher,
      headersTimeout: answersWithinMs,
      bodyTimeout: answersWithinMs,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    return { statusCode: answer.statusCode, text: await answer.body.text() }
  } finally {
    await dispatcher.destroy()
  }
}

/** Where Patroni keeps what it knows of this cluster: its namespace and the scope of patroni.yml. */
export const keysOfPatroni = '/service/edge/'

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

type Synchronous = {
  readonly leader?: string
  readonly standbys: readonly string[]
  /** So many others of them have to say that they have no more than the one that is to lead; the last leader needs none. */
  readonly quorum: number
}

/**
 * Who may have every acknowledged write, as Patroni wrote it into etcd: the last leader has, and of those that commits
 * waited for, so many as are more than the quorum do together. Rejects where etcd does not answer.
 */
export async function synchronousInEtcd(cluster: Asked): Promise<Synchronous> {
  const { text } = await askEtcd(cluster, '/v3/kv/range', { key: base64(`${keysOfPatroni}sync`) })
  // etcd's own shape: {"kvs":[{"value": base64 of {"leader","sync_standby":"pg2,pg3","quorum":1}}]}; what is missing reads as not said.
  const { kvs } = JSON.parse(text) as { kvs?: readonly { value: string }[] }
  const value = JSON.parse(Buffer.from(kvs?.[0]?.value ?? '', 'base64').toString() || '{}') as Record<string, unknown>
  const { leader, sync_standby: standbys, quorum } = value
  return {
    ...(typeof leader === 'string' ? { leader } : {}),
    standbys: typeof standbys === 'string' ? standbys.split(',').filter(Boolean) : [],
    quorum: typeof quorum === 'number' ? quorum : 0,
  }
}

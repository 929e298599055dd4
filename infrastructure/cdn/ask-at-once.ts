import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { authorities, hostOf, lookupOf, serverName } from '../../src/core/connection.ts'
import { type Reachable } from './fetch.ts'

/** Requests that share a connection; nginx takes 128 at once. */
const onOneConnection = 25
const answerWithinMs = 15_000

/** Of each answer its status, and how long the slowest took, in ms. */
export type AtOnce = { readonly statuses: readonly number[]; readonly slowestMs: number }

/**
 * Asks many times for one path, truly at once: what is asked in one breath on one connection of HTTP/2 arrives in one
 * piece, and a server has begun all of it before it has any of it answered. With a connection for each request, the
 * first was answered before a busy machine had sent the second: 9 of 15 times no two of 50 met, under two busy loops.
 */
export async function askAtOnce(endpoint: Reachable, path: string, ids: readonly string[]): Promise<AtOnce> {
  const groups = Array.from({ length: Math.ceil(ids.length / onOneConnection) }, (_, index) =>
    ids.slice(index * onOneConnection, (index + 1) * onOneConnection),
  )
  const sessions = await Promise.all(groups.map(() => connected(endpoint)))
  try {
    const asks = (each: (group: readonly string[], session: ClientHttp2Session) => Promise<number>[]) =>
      Promise.all(sessions.flatMap((session, index) => each(groups[index] ?? [], session)))
    // Shakes hands: while one does so, the others would have been answered already.
    await asks((_, session) => [statusOf(session, { ':method': 'HEAD', ':path': '/' })])
    const begun = performance.now()
    const statuses = await asks((group, session) =>
      group.map((id) => statusOf(session, { ':path': path, 'accept-encoding': 'identity', 'x-request-id': id })),
    )
    return { statuses, slowestMs: performance.now() - begun }
  } finally {
    for (const session of sessions) session.destroy()
  }
}

async function connected({ https, ca, connectTo }: Reachable): Promise<ClientHttp2Session> {
  const servername = serverName(hostOf(new URL(https)))
  const session = connect(https, { ca: await authorities(ca), servername, ...lookupOf(connectTo) })
  // Whoever waits for an answer hears of it.
  session.on('error', () => undefined)
  await once(session, 'connect')
  return session
}

function statusOf(session: ClientHttp2Session, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0
    const stream = session.request(headers)
    stream.setTimeout(answerWithinMs, () => {
      reject(new Error(`${headers[':path']} is not answered within ${answerWithinMs / 1000} s`))
      stream.close()
    })
    stream.once('response', (answer) => (status = answer[':status'] ?? 0))
    stream.once('end', () => resolve(status))
    stream.once('error', reject)
    // After its end that changes nothing.
    stream.once('close', () => reject(new Error(`${headers[':path']} is not answered: the connection was closed`)))
    stream.resume()
  })
}

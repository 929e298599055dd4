import { readdir, readFile } from 'node:fs/promises'
import { request } from 'undici'
import { messageOf } from '../../src/core/errors.ts'
import { type PgAddress, serverAnswersWithinMs } from '../../src/engines/postgres.ts'
import { listeners, socketsOf } from '../../src/targets/local/listening.ts'
import { type Tried, tryInPlainHttp, tryWithoutCertificate } from '../../src/targets/local/tls-door.ts'
import type { Addresses } from './addresses.ts'
import type { Cluster } from './cluster.ts'
import { refusalOf } from './refusal.ts'

export type TriedDoor = Tried & { readonly name: string; readonly next: string }

const nextForEtcd = 'edge deploy database starts etcd as configured; whoever wrote the lease decided who is primary'
// What a process read before a hand put its file back, only a start takes away.
export const nextForPatroni =
  'edge deploy database puts patroni.yml back; where that changes nothing: edge down, edge up'
const nextForPassword =
  'edge deploy database puts pgbouncer.ini and pg_hba.conf back; where that changes nothing: edge down, edge up'

/** Every door that has a lock (a certificate, a password), each tried without its key. None of it changes anything. */
export async function tryEveryDoor(addresses: Addresses, cluster: Cluster): Promise<readonly TriedDoor[]> {
  return Promise.all([
    ...etcdDoors(cluster),
    ...cluster.members.flatMap((member) => [
      named(`Patroni of ${member}`, nextForPatroni, tryToChange(cluster.restApi[member])),
      named(`Patroni of ${member}`, nextForPatroni, tryToChange(cluster.restApi[member], 'not-the-password')),
    ]),
    ...passwordDoors(addresses, cluster).flatMap((address) =>
      (['a wrong password', 'no password'] as const).map((key) =>
        named(`${address.user} at port ${address.port}`, nextForPassword, tryToSignIn(address, key)),
      ),
    ),
  ])
}

const named = async (name: string, next: string, tried: Promise<Tried>): Promise<TriedDoor> => ({
  ...(await tried),
  name,
  next,
})

function etcdDoors({ etcd }: Cluster): readonly Promise<TriedDoor>[] {
  const [client, peer] = [etcd.url, etcd.peerUrl].map((url) => Number(new URL(url).port))
  const doors = [
    { name: "etcd's port for clients", port: Number(client) },
    { name: "etcd's port for members", port: Number(peer) },
  ]
  return [
    ...doors.flatMap(({ name, port }) => [
      named(name, nextForEtcd, tryWithoutCertificate(port, etcd.tls.ca)),
      named(name, nextForEtcd, tryInPlainHttp(port)),
    ]),
    named('etcd', nextForEtcd, hasNoOtherDoor(doors.map(({ port }) => port))),
  ]
}

/** A hand can open a second port beside the one that is locked; whoever has that one open is asked for all of his. */
async function hasNoOtherDoor([first, ...others]: readonly number[]): Promise<Tried> {
  const open = await listeners()
  const inode = open.find(({ port }) => port === first)?.inode
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const sockets = await socketsOf(pid)
    if (inode === undefined || !sockets.has(inode)) continue
    const other = open.find((one) => sockets.has(one.inode) && one.port !== first && !others.includes(one.port))
    return other
      ? { refused: false, said: `listens on port ${other.port}, too, which nobody configured` }
      : { refused: true, said: 'refuses' }
  }
  return { refused: false, said: `is not seen to listen on port ${first}` }
}

/** Asks for a setting to be removed that there is none of: where it is let in, nothing is changed. */
async function tryToChange(restApi: string, password?: string): Promise<Tried> {
  const authorization = `Basic ${Buffer.from(`patroni:${password}`).toString('base64')}`
  const whoever = password === undefined ? 'without a password' : 'with a wrong password'
  try {
    const { statusCode, body } = await request(`${restApi}/config`, {
      method: 'PATCH',
      body: JSON.stringify({ edge_tries_the_door: null }),
      headersTimeout: serverAnswersWithinMs,
      bodyTimeout: serverAnswersWithinMs,
      ...(password === undefined ? {} : { headers: { authorization } }),
    })
    await body.dump()
    const refused = statusCode === 401 || statusCode === 403
    return { refused, said: refused ? 'refuses' : `answers ${statusCode} to a change ${whoever}` }
  } catch (error) {
    return { refused: false, said: `is not seen to refuse a change ${whoever}: ${messageOf(error)}` }
  }
}

/** HAProxy leads to the same servers; what other roles meet there is told by their rules (see check-encryption.ts). */
const passwordDoors = ({ app, console: console_, members: servers }: Addresses, { members }: Cluster) => [
  app,
  console_,
  ...members.map((member): PgAddress => servers[member]),
]

/** What PostgreSQL and PgBouncer say to a wrong password; and the driver, where one is asked for and it has none. */
const refusals = {
  'a wrong password': /password authentication failed|SASL authentication failed/,
  'no password': /client password must be a non-empty string/,
} as const

async function tryToSignIn({ host, port, database, user, ca }: PgAddress, key: keyof typeof refusals): Promise<Tried> {
  const ssl = { ca: await readFile(ca, 'utf8') }
  // As an answer to whoever asks for it: one that is not given the driver looks for in the environment.
  const given = () => (key === 'no password' ? '' : 'not-the-password')
  const error = await refusalOf({ host, port, database, user, password: given, ssl })
  if (error === undefined) return { refused: false, said: `lets somebody in with ${key}` }
  const refused = error instanceof Error && refusals[key].test(error.message)
  return { refused, said: refused ? 'refuses' : `is not seen to refuse ${key}: ${messageOf(error)}` }
}

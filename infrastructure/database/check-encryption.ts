import { connect as tcpConnect } from 'node:net'
import { Client } from 'pg'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import type { DatabaseEndpoint } from './local.ts'
import { members } from './render-patroni.ts'

const next = 'edge deploy database puts the configured encryption back (pgbouncer.ini, pg_hba.conf)'

/** Tries to sign in without encryption at each door, and looks at what the connections that there are use. */
export async function encryptedConnections({ addresses }: DatabaseEndpoint): Promise<Verdict> {
  const doors = [
    { name: 'the pool', address: addresses.app },
    ...members.map((member) => ({ name: member, address: { ...addresses.members[member], database: 'app' } })),
  ]
  const tries = await Promise.all(
    doors.map(async ({ name, address }) => ({ name, open: await signsInOpenly(address) })),
  )
  const { rows } = await withClient(addresses.superuser, (client) =>
    client.query<{ version: string | null; ssl: boolean; count: string }>(
      `select s.version, s.ssl, count(*) from pg_stat_ssl s join pg_stat_activity a using (pid)
        where a.client_addr is not null group by 1, 2`,
    ),
  )
  const connections = rows.reduce((sum, row) => sum + Number(row.count), 0)
  const versions = [...new Set(rows.flatMap((row) => (row.version === null ? [] : [row.version])))].toSorted()
  const seen = measured({
    'refused in the open': tries.filter(({ open }) => !open).map(({ name }) => name),
    connections,
    uses: versions,
  })
  const open = tries.find((tried) => tried.open)
  if (open) return broken(seen, `${open.name} lets clients in without encryption`, next)
  const plain = rows.find((row) => !row.ssl)
  if (plain) return broken(seen, `${plain.count} connections to the primary are not encrypted`, next)
  const old = versions.find((version) => version !== 'TLSv1.2' && version !== 'TLSv1.3')
  if (old !== undefined) return broken(seen, `a connection uses ${old}`, next)
  return kept(seen)
}

/** Whether the server goes on with a client that does not ask for TLS. A server that is away is no proof. */
async function signsInOpenly({ host, port, database, user, password }: PgAddress): Promise<boolean> {
  await reach(host, port)
  const client = new Client({ host, port, database, user, password, ssl: false, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = tcpConnect({ host, port, timeout: 3000 })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('timeout', () => socket.destroy(new Error(`port ${port} does not answer`)))
    socket.once('error', reject)
  })
}

import { DatabaseError } from 'pg'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import { tryEveryDoor } from './check-doors.ts'
import type { DatabaseEndpoint } from './local.ts'
import { showConsole } from './pool-console.ts'
import type { Member } from './members.ts'
import { openRules } from './open-rules.ts'
import { refusalOf } from './refusal.ts'

const next = 'edge deploy database puts the configured encryption back (pgbouncer.ini, pg_hba.conf)'
const nextForRules = 'edge deploy database has Patroni write it anew: a hand has edited it'
const newEnough = ['TLSv1.2', 'TLSv1.3']

/** What a server says to a client that signs in with the right password and without TLS. */
const refusals = {
  pool: /SSL required/,
  postgres: /no pg_hba\.conf entry .* no encryption/,
} as const

type Door = { readonly name: string; readonly address: PgAddress; readonly refusal: RegExp }

/**
 * Signs in at each door with the right password, once in the open and once encrypted, tries each one that has a lock
 * without its key, etcd's and Patroni's, too, reads the rules by which each member lets others in, and looks at what the network connections that there are use: of clients to the pool, of sessions to the primary, of the standbys to it.
 */
export async function encryptedConnections({ addresses, cluster }: DatabaseEndpoint): Promise<Verdict> {
  const { members } = cluster
  const doors: readonly Door[] = [
    { name: 'pool', address: addresses.app, refusal: refusals.pool },
    ...members.map((member) => ({
      name: member,
      address: { ...addresses.members[member], database: 'app' },
      refusal: refusals.postgres,
    })),
  ]
  const [withoutKey, tries, rules, connections, poolClients] = await Promise.all([
    tryEveryDoor(addresses, cluster),
    Promise.all(doors.map(tryInTheOpen)),
    Promise.all(members.map((member) => rulesOf(member, addresses.members[member]))).then((lists) => lists.flat()),
    Promise.all(members.map((member) => inUse(addresses.members[member]))).then((lists) => lists.flat()),
    showConsole(addresses.console, 'clients'),
  ])
  const plainClients = poolClients.filter((row) => String(row['tls'] ?? '') === '')
  const protocols = [...new Set(connections.map(({ version }) => version ?? 'none'))].toSorted()
  const seen = measured({
    'refuse plain': tries.filter(({ refused }) => refused).map(({ name }) => name),
    'doors tried without their key': withoutKey.length,
    'that refused': withoutKey.filter(({ refused }) => refused).length,
    'rules that let others in': rules.length,
    connections: connections.length,
    replication: connections.filter(({ replication }) => replication).length,
    'pool clients': poolClients.length,
    protocols,
  })
  const unlocked = withoutKey.find(({ refused }) => !refused)
  if (unlocked) return broken(seen, `${unlocked.name} ${unlocked.said}`, unlocked.next)
  const open = tries.find(({ refused }) => !refused)
  if (open) return broken(seen, `${open.name}: ${open.said}`, next)
  const [rule] = rules
  if (rule !== undefined) return broken(seen, rule, nextForRules)
  if (plainClients.length > 0) return broken(seen, `${plainClients.length} clients of the pool are not encrypted`, next)
  const plain = connections.find(({ version }) => version === null || !newEnough.includes(version))
  if (plain) return broken(seen, `a connection of ${plain.user} uses ${plain.version ?? 'no encryption'}`, next)
  return kept(seen)
}

const rulesOf = async (member: Member, server: PgAddress): Promise<readonly string[]> =>
  (await openRules(server)).map((rule) => `${member}: ${rule}`)

type Connection = { readonly user: string; readonly version: string | null; readonly replication: boolean }

/** The connections to one server over the network; its own socket, which only its user may open, is left out. */
async function inUse(server: PgAddress): Promise<readonly Connection[]> {
  return withClient(
    server,
    async (client) => {
      const { rows } = await client.query<Connection>(
        `select a.usename as user, s.version, a.backend_type = 'walsender' as replication
         from pg_stat_activity a join pg_stat_ssl s using (pid) where a.client_addr is not null`,
      )
      return rows
    },
    serverAnswersWithinMs,
  )
}

/** A server that is away, or that refuses for another reason, is no proof: it has to name the missing encryption. */
async function tryInTheOpen({ name, address, refusal }: Door) {
  // The same sign-in with encryption works, so it is the encryption that the other one lacks.
  await withClient(address, (client) => client.query('select 1'), serverAnswersWithinMs)
  const { host, port, database, user, password } = address
  const error = await refusalOf({ host, port, database, user, password, ssl: false })
  if (error === undefined) return { name, refused: false, said: 'lets clients in without encryption' }
  const refused = error instanceof DatabaseError && refusal.test(error.message)
  return { name, refused, said: refused ? 'refuses' : `is not seen to refuse a plain client: ${messageOf(error)}` }
}

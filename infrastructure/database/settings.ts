import { z } from 'zod'
import { field, promisedField, time } from '../../src/core/field.ts'
import { database } from './guarantees.ts'
import { replicasAtMost } from './members.ts'
import { rdsSettings } from './rds-settings.ts'

/** Parameters on which a promise, a port or a path of edge stands, and where to turn instead. */
const notYours: Readonly<Record<string, string>> = {
  ...perName('is what encryptedConnections promises', ['ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_ca_file']),
  ...perName('is what noLostWrites promises', ['fsync', 'full_page_writes', 'synchronous_commit']),
  ...perName('belongs to Patroni', ['synchronous_standby_names', 'hot_standby', 'wal_level', 'wal_log_hints']),
  ...perName('belongs to Patroni', ['primary_conninfo', 'primary_slot_name', 'restore_command', 'cluster_name']),
  ...perName('belongs to Patroni', ['data_directory', 'config_file', 'hba_file', 'ident_file']),
  ...perName('is set by the ports of the configuration', ['listen_addresses', 'port', 'unix_socket_directories']),
  ...perName('is what network promises', ['unix_socket_permissions', 'unix_socket_group']),
  ...perName('belongs to backups', ['archive_mode', 'archive_command', 'archive_timeout', 'archive_library']),
  // A Patroni that was killed reads them back over its socket, where they are 0, and writes that into postgresql.conf (4.1.5).
  ...perName('is of no use to clients of this machine, of whose end the kernel tells; on AWS edge sets it', [
    'tcp_keepalives_idle',
    'tcp_keepalives_interval',
    'tcp_keepalives_count',
    'tcp_user_timeout',
  ]),
  max_connections: 'is database.maxConnections',
}

function perName(why: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]))
}

const ownParameters = z
  .record(z.string().regex(/^[a-z_][a-z0-9_.]*$/), z.union([z.string(), z.number(), z.boolean()]))
  .check((context) => {
    for (const name of Object.keys(context.value)) {
      const why = Object.hasOwn(notYours, name) ? notYours[name] : undefined
      if (why === undefined) continue
      context.issues.push({
        code: 'custom',
        path: [name],
        message: `cannot be set here: it ${why}`,
        input: context.value,
      })
    }
  })

/** In percent; PostgreSQL's processes and the page cache need memory, too. */
const memoryAtMost = 80

const largestPool = 400

/** For what comes by no pool of the app's: the agent, the checks and their clients, Patroni, and a hand on the machine. */
const reserve = 100

/** When reads fall back to the primary, all clients meet there. */
const connectionsAtMost = (pool: { readonly maximum: number; readonly session: number }): number =>
  2 * pool.maximum + pool.session + reserve

export const databaseSettings = field(
  z
    .strictObject({
      pool: field(
        z
          .strictObject({
            minimum: promisedField(z.int().min(0).max(400), database.poolMinimum, {
              doc: 'Connections that the pool keeps open to the database.',
            }),
            maximum: promisedField(z.int().min(1).max(largestPool), database.poolMaximum, {
              doc: 'Connections that the pool opens at most; clients beyond them wait.',
              why: 'PostgreSQL accepts 500 and keeps 100 for itself and maintenance',
            }),
            idle: promisedField(time({ atLeast: '1 second' }), database.poolIdle, {
              doc: 'A connection that nobody needs is closed after this time.',
              unit: 'seconds',
            }),
            session: field(z.int().min(1).max(400).default(40), {
              doc: 'Clients of the session door (DATABASE_SESSION_URL) that have a session at once; others wait.',
              example: 40,
              why: 'two processes of an API and the one that is to follow, with ten connections each, and some more',
              source: 'ours',
            }),
            wait: promisedField(time({ atLeast: '1 second', atMost: '10 minutes' }), database.poolWait, {
              doc: 'How long a client waits for a connection, or for a session, before it is refused; on AWS 300 seconds at most.',
              unit: 'seconds',
            }),
          })
          .superRefine(({ minimum, maximum }, context) => {
            if (minimum <= maximum) return
            const message = `must be at most database.pool.maximum, which is ${maximum}`
            context.addIssue({ code: 'custom', path: ['minimum'], message })
          })
          .prefault({}),
        { doc: 'The pool between the app and the database (PgBouncer).', example: {} },
      ),
      replicas: field(z.int().min(0).max(replicasAtMost).default(1), {
        doc: 'Members beside the primary and a standby. All but the primary answer reads, a commit waits for one of them, and any of them takes over.',
        example: 1,
        why: 'each takes a copy of the data, about 60 MB of memory and 1 % of a core',
        source: 'document',
      }),
      acknowledge: field(z.enum(['two', 'available']).optional(), {
        doc: "'two': a write is acknowledged when two members have it, and waits while only one is left. 'available': with one left, that one acknowledges alone. Without a value: 'two' with a replica, 'available' with none, as the loss of the standby alone would stop all writes.",
        example: 'two',
        source: 'ours',
      }),
      reader: field(
        z
          .strictObject({
            maximumLag: promisedField(time({ atLeast: '3 seconds', atMost: '1 hour' }), database.boundedStaleness, {
              doc: 'Readers leave a member that is further behind: for another, in the end for the primary.',
              why: 'members are asked once a second, so less cannot be kept',
              unit: 'seconds',
            }),
          })
          .prefault({}),
        { doc: 'The way of reads (DATABASE_READER_URL).', example: {} },
      ),
      memoryPercent: field(z.number().min(1).max(memoryAtMost).default(20), {
        doc: "Share of the machine's memory that primary and standby may plan with together, in percent; each replica plans with half as much in addition.",
        example: 20,
        why: 'the rest is for the API, nginx, and the page cache',
        source: 'ours',
      }),
      maxConnections: field(z.int().min(450).max(5000).default(500), {
        doc: 'Connections that each PostgreSQL server accepts (max_connections).',
        example: 500,
        why: 'the alarm at 400 connections has to be within reach; both pools (app, app_ro), the sessions and 100 more must fit',
        source: 'document',
      }),
      failover: field(
        z
          .strictObject({
            lease: field(time({ atLeast: '20 seconds', atMost: '5 minutes' }).prefault('20 seconds'), {
              doc: 'After this time without a sign of life of the primary and its Patroni the standby takes over.',
              example: '20 seconds',
              why: "Patroni's own minimum is 20 seconds",
              source: 'ours',
            }),
            look: field(time({ atLeast: '1 second', atMost: '10 seconds' }).prefault('1 second'), {
              doc: 'How often Patroni looks after its server: the longest time until a dead primary is noticed.',
              example: '5 seconds',
              why: 'below a second it would mostly look; above ten the lease could end between two looks',
              source: 'ours',
            }),
          })
          .prefault({}),
        { doc: 'How fast the standby takes over.', example: {} },
      ),
      parameters: field(ownParameters.default({}), {
        doc: 'PostgreSQL parameters of your own, by name; they go before those that edge sets.',
        example: { work_mem: '32MB' },
        source: 'ours',
      }),
      rds: rdsSettings,
    })
    .superRefine(({ pool, maxConnections, memoryPercent, replicas }, context) => {
      const planned = (memoryPercent * (2 + replicas)) / 2
      if (planned > memoryAtMost) {
        const message = `must be at most ${Math.floor((2 * memoryAtMost) / (2 + replicas))} with ${replicas} replicas, as all members plan with ${planned} % together`
        context.addIssue({ code: 'custom', path: ['memoryPercent'], message, input: memoryPercent })
      }
      const needed = connectionsAtMost(pool)
      // A pool that is too large by itself is told so where it stands.
      if (needed <= maxConnections || pool.maximum > largestPool) return
      const what = `${pool.maximum} for writes, as many for reads, ${pool.session} sessions and ${reserve} for maintenance`
      const message = `must be at least ${needed}: ${what}`
      context.addIssue({ code: 'custom', path: ['maxConnections'], message, input: maxConnections })
    })
    .prefault({}),
  { doc: 'PostgreSQL with a synchronous standby and read replicas, behind a pool.', example: {} },
)

export type DatabaseSettings = z.output<typeof databaseSettings>

/** Whether a write waits while no other member has it. */
export const waitsForTwo = ({ acknowledge, replicas }: DatabaseSettings): boolean =>
  (acknowledge ?? (replicas > 0 ? 'two' : 'available')) === 'two'

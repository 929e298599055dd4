import { join } from 'node:path'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import type { Instance } from '../../src/core/instance.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import { seconds } from '../../src/core/units.ts'
import { type Member, membersWith } from './members.ts'
import { databaseReserved } from './reserved.ts'
import { type DatabaseSettings, waitsForTwo } from './settings.ts'
import { socketFolder } from './sockets.ts'

/**
 * A commit waits for one of the others, whichever has it first, and the one that has the most of the log takes over: where
 * one is named instead, another may have got more when the primary dies, and writes wait until that is rewound. Of two
 * members the standby is named: as a quorum, a primary that has just taken over would wait for the dead one for some seconds.
 * The count is higher for a moment only (see named-successor.ts).
 */
export const commitsWait = (members: number) =>
  ({ synchronous_mode: members > 2 ? 'quorum' : true, synchronous_node_count: 1 }) as const

/** So long the others keep the log for a member that is away; Patroni's own default. */
export const slotsKeptForSeconds = 1800

export type Tls = { readonly ca: string; readonly certificate: string; readonly key: string }

const megabyte = 1024 ** 2

const inMegabytes = (bytes: number, least: number): string => `${Math.max(least, Math.floor(bytes / megabyte))}MB`

/**
 * What PostgreSQL is told, before the operator's own parameters. Memory follows the machine as RDS's formulas follow
 * the instance class: each member has half of the share that primary and standby have together, and a quarter of that
 * for shared buffers. More of them would be held twice, here and in the page cache, which the members have together. A
 * replica that comes or goes changes none of it: that would restart all the others.
 * No tcp_keepalives_*, see settings.ts.
 */
function parameters(
  memoryBytes: number,
  settings: DatabaseSettings,
  archive: Readonly<Record<string, string | number>>,
): Readonly<Record<string, string | number | boolean>> {
  const each = (memoryBytes * settings.memoryPercent) / 100 / 2
  return {
    max_connections: settings.maxConnections,
    shared_buffers: inMegabytes(each / 4, 32),
    effective_cache_size: inMegabytes(each * 3, 128),
    maintenance_work_mem: inMegabytes(each / 16, 16),
    work_mem: '8MB',
    wal_level: 'replica',
    wal_log_hints: 'on',
    // A quarter of the default: 12 MB less for each member, and more than a commit on this pool ever fills.
    wal_buffers: '4MB',
    max_wal_senders: 10,
    max_replication_slots: 10,
    // A rewind goes back to a member's last checkpoint that ended, which began up to twice `checkpoint_timeout` ago: so many
    // minutes of a segment (16 MB) each, as the archive ends one a minute. So much of each member's disk.
    wal_keep_size: '512MB',
    // One that is away, or whose disk stays full, has no more kept for it than there is between two checkpoints anyway: without
    // a bound it fills the primary's disk. Whoever misses more is cloned anew (left-behind.ts).
    max_slot_wal_keep_size: '1GB',
    // The default of 5 s cost a gap of 3.1 s in a failover.
    wal_retrieve_retry_interval: '200ms',
    hot_standby: 'on',
    hot_standby_feedback: 'on',
    synchronous_commit: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: 0.9,
    max_wal_size: '2GB',
    random_page_cost: 1.1,
    ssl: 'on',
    ssl_min_protocol_version: 'TLSv1.2',
    password_encryption: 'scram-sha-256',
    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.max': 5000,
    log_min_duration_statement: '1s',
    log_checkpoints: 'off',
    log_lock_waits: 'on',
    idle_in_transaction_session_timeout: '60s',
    // Wakes up this often for nothing on an idle machine; the default is 200 ms.
    bgwriter_delay: '1s',
    wal_writer_delay: '200ms',
    autovacuum_naptime: '30s',
    jit: 'off',
    ...archive,
    ...settings.parameters,
  }
}

/**
 * What is the same for the whole cluster and lives in etcd; changed by the step `parameters` once it is there. `archive`:
 * what keeps the log, where anybody does.
 */
export function clusterSettings(
  memoryBytes: number,
  settings: DatabaseSettings,
  archive: Readonly<Record<string, string | number>>,
) {
  return {
    ttl: seconds(settings.failover.lease),
    loop_wait: seconds(settings.failover.look),
    retry_timeout: 3,
    maximum_lag_on_failover: 1_048_576,
    primary_start_timeout: 0,
    ...commitsWait(membersWith(settings.replicas).length),
    synchronous_mode_strict: waitsForTwo(settings),
    member_slots_ttl: slotsKeptForSeconds,
    failsafe_mode: true,
    postgresql: { use_pg_rewind: true, use_slots: true, parameters: parameters(memoryBytes, settings, archive) },
  }
}

/** patroni.yml of one member; its addresses are in the environment of its service. */
export function patroniSettings(
  instance: Instance,
  cluster: ReturnType<typeof clusterSettings>,
  tls: Tls,
  member: Member,
): object {
  const secrets = secretsOf(instance, databaseReserved)
  const verified = { sslmode: 'verify-full', sslrootcert: tls.ca }
  return {
    scope: 'edge',
    name: member,
    restapi: {
      authentication: { username: 'patroni', password: secrets.patroni },
    },
    etcd3: {
      protocol: 'https',
      cacert: tls.ca,
      cert: tls.certificate,
      key: tls.key,
    },
    bootstrap: {
      dcs: cluster,
      initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'data-checksums'],
    },
    postgresql: {
      bin_dir: postgresPrograms,
      data_dir: join(instance.state, 'data', member),
      pgpass: join(instance.state, 'run', `${member}.pgpass`),
      use_unix_socket: true,
      // Half of a rewind, as its source stopped meanwhile, is a copy of nothing: Patroni would try to start it for ever. Only
      // where there is a primary, from which it is cloned anew then.
      remove_data_directory_on_rewind_failure: true,
      use_unix_socket_repl: false,
      // A clone with a slot of its own counts as synchronous where no standby is left, and acknowledges what only a copy
      // that is not finished has. The log that it needs is kept by the slot that its member has.
      basebackup: [{ checkpoint: 'fast' }, 'no-slot'],
      authentication: {
        superuser: { username: 'postgres', password: secrets.superuser, ...verified },
        replication: { username: 'replicator', password: secrets.replication, ...verified },
      },
      parameters: {
        unix_socket_directories: socketFolder(instance),
        unix_socket_permissions: '0700',
        ssl_cert_file: tls.certificate,
        ssl_key_file: tls.key,
        ssl_ca_file: tls.ca,
      },
      // Nobody without a password; nobody without TLS but by the socket, which the instance's user alone may open; nobody
      // from elsewhere.
      pg_hba: [
        'local all all scram-sha-256',
        'hostssl replication replicator 127.0.0.1/32 scram-sha-256',
        'hostssl all all 127.0.0.1/32 scram-sha-256',
      ],
    },
    watchdog: { mode: 'off' },
  }
}

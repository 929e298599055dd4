import { OperatorError } from '../../../src/core/errors.ts'
import type { DatabaseSettings } from '../settings.ts'

/** When a change of a parameter is in force: RDS applies a static one at the next restart of the instance. */
type Applies = 'at once' | 'after a restart'

/** A parameter as a group of RDS has it: a text without a unit, in the unit that PostgreSQL counts the parameter in. */
export type RdsParameter = { readonly name: string; readonly value: string; readonly applies: Applies }

const kilobytes = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 } as const
const milliseconds = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** In what PostgreSQL counts a parameter (pg_settings.unit): RDS takes a number of these, and no unit with it. */
const countedIn: Readonly<Record<string, number>> = {
  ...each(1, ['work_mem', 'maintenance_work_mem', 'autovacuum_work_mem', 'temp_file_limit', 'log_temp_files']),
  ...each(8, ['shared_buffers', 'effective_cache_size', 'temp_buffers', 'wal_buffers', 'min_parallel_table_scan_size']),
  ...each(1024, ['max_wal_size', 'min_wal_size', 'wal_keep_size', 'max_slot_wal_keep_size']),
  ...each(1, ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout']),
  ...each(1, ['log_min_duration_statement', 'deadlock_timeout', 'log_autovacuum_min_duration', 'bgwriter_delay']),
  ...each(1000, ['checkpoint_timeout', 'autovacuum_naptime', 'tcp_keepalives_idle', 'tcp_keepalives_interval']),
}

function each(size: number, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, size]))
}

/** Parameters that PostgreSQL 15 reads when it starts, and no later (pg_settings.context = postmaster), and RDS's own. */
const readAtStart = new Set([
  'archive_mode',
  'autovacuum_freeze_max_age',
  'autovacuum_max_workers',
  'autovacuum_multixact_freeze_max_age',
  'data_sync_retry',
  'dynamic_shared_memory_type',
  'hot_standby',
  'huge_page_size',
  'huge_pages',
  'jit_provider',
  'logging_collector',
  'max_connections',
  'max_files_per_process',
  'max_locks_per_transaction',
  'max_logical_replication_workers',
  'max_pred_locks_per_transaction',
  'max_prepared_transactions',
  'max_replication_slots',
  'max_wal_senders',
  'max_worker_processes',
  'min_dynamic_shared_memory',
  'old_snapshot_threshold',
  'pg_stat_statements.max',
  'rds.logical_replication',
  'shared_buffers',
  'shared_memory_type',
  'shared_preload_libraries',
  'superuser_reserved_connections',
  'track_activity_query_size',
  'track_commit_timestamp',
  'wal_buffers',
  'wal_decode_buffer_size',
  'wal_level',
  'wal_log_hints',
])

/**
 * The same tuning as on one machine, in RDS's words: memory is a formula over the memory of the instance class, so that
 * another class needs no other group.
 */
const tuned: Readonly<Record<string, string | number | boolean>> = {
  // A quarter and three quarters of the memory, in pages of 8 kB: bytes / 8192 / 4, bytes / 8192 * 3 / 4.
  shared_buffers: '{DBInstanceClassMemory/32768}',
  effective_cache_size: '{DBInstanceClassMemory*3/32768}',
  // A 64th, in kB: 512 MB of 32 GB, three times while autovacuum works.
  maintenance_work_mem: '{DBInstanceClassMemory/65536}',
  work_mem: '8MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: 0.9,
  max_wal_size: '2GB',
  random_page_cost: 1.1,
  hot_standby_feedback: true,
  password_encryption: 'scram-sha-256',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': 5000,
  track_io_timing: true,
  log_min_duration_statement: '1s',
  log_lock_waits: true,
  idle_in_transaction_session_timeout: '60s',
  tcp_keepalives_idle: 30,
  autovacuum_naptime: '30s',
  jit: false,
}

/** The parameter group of a configuration, by name. Throws OperatorError for a unit that cannot be turned into RDS's. */
export function rdsParameters(settings: DatabaseSettings): readonly RdsParameter[] {
  const all = {
    ...tuned,
    max_connections: settings.maxConnections,
    ...settings.parameters,
    // A client that speaks no TLS is refused: encryptedConnections promises it, so no configuration takes it away.
    'rds.force_ssl': true,
  }
  return Object.entries(all)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({
      name,
      value: inRdsUnits(name, value),
      applies: readAtStart.has(name) ? 'after a restart' : 'at once',
    }))
}

function inRdsUnits(name: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  const amount = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|us|ms|s|min|h|d)$/.exec(String(value))
  if (!amount) return String(value)
  const [, number = '', unit = ''] = amount
  const sizes: Readonly<Record<string, number>> = { ...kilobytes, ...milliseconds }
  const counted = countedIn[name]
  const whole = counted === undefined ? Number.NaN : (Number(number) * (sizes[unit] ?? Number.NaN)) / counted
  if (Number.isInteger(whole)) return String(whole)
  const where = `database.parameters.${name}`
  throw new OperatorError(where, `RDS takes a whole number without a unit (got '${String(value)}')`, [
    'write the number in the unit that PostgreSQL counts it in: select unit from pg_settings where name = …',
  ])
}

/** What waits for a restart of the instances when it is changed. */
export const staticNames = (parameters: readonly RdsParameter[]): readonly string[] =>
  parameters.filter(({ applies }) => applies === 'after a restart').map(({ name }) => name)

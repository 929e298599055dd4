import type { Measured, MeasuredOnAws } from '../../src/core/alarm.ts'
import { duration, percent } from '../../src/core/units.ts'

/** RDS measures each minute; nothing measured means that nobody can answer. */
const fiveMinutes = { period: duration('1 minute'), periods: 5, silence: 'fires' } as const
/** One look is enough where a figure gets there by no ordinary way. */
const atOnce = { ...fiveMinutes, periods: 1 } as const

/** Of the disk on which the database lies: the exporter says which device that is. */
const ofDisk = (expression: string): string => `sum((${expression}) * on (device) group_left () edge_disk)`

/** Where no figure is measured at all, the disk of the database may not be known. */
const orNamed = (look: string): string => `${look}; where nothing is measured: monitoring.disk.device names the disk`

/** Where RDS shows which statements load the database, and what they wait for; with what it said of it. */
const insights = 'Performance Insights of NAME-primary in the RDS console, NAME being that of the instance'
const events = 'aws rds describe-events --source-type db-instance --source-identifier NAME-primary --duration 60'

/** How long one operation takes; without any it took no time. */
const perOperation = (time: string, operations: string, window: string): string =>
  ofDisk(`rate(${time}[${window}]) / (rate(${operations}[${window}]) > 0) or rate(${operations}[${window}])`)

/** When somebody is called about the database. */
export const databaseAlarms = [
  {
    promise: 'databaseCpu',
    metric: { name: 'CPUUtilization', statistic: 'Average', unit: 'percent' },
    local: {
      expression: (window) =>
        `100 * sum(rate(edge_database_cpu_seconds_total[${window}])) / count(count by (cpu) (node_cpu_seconds_total))`,
      unit: 'percent',
      // A member that is down has none, and no heartbeat. Of one that answers, what it computes is missing in the sum. By the
      // instance: an earlier version of edge called the servers by their ports.
      missing:
        'group((label_replace(edge_heartbeat_age_seconds{instance="postgres"}, "member", "$1", "server", "(.+)") unless on (member) edge_database_cpu_seconds_total) and on () edge_database_members)',
    },
    ...fiveMinutes,
    means: 'Queries wait for a core: answers get slower.',
    look: 'edge logs pg1; in psql: select * from pg_stat_statements order by total_exec_time desc limit 10',
    lookOnAws: insights,
    runbook: 'database-cpu.md',
  },
  {
    promise: 'freeableMemory',
    metric: { name: 'FreeableMemory', statistic: 'Average', unit: 'bytes' },
    local: { expression: () => 'sum(node_memory_MemAvailable_bytes)', unit: 'bytes' },
    ...fiveMinutes,
    means: 'The machine is about to end a process for want of memory, or to swap.',
    look: 'ps aux --sort=-rss | head',
    lookOnAws: `${insights}; ${events}`,
    runbook: 'freeable-memory.md',
  },
  {
    promise: 'freeStorage',
    // No maths on AWS: the boundary is a number of bytes, as the figure is.
    metric: { name: 'FreeStorageSpace', statistic: 'Average', unit: 'bytes' },
    local: { expression: () => 'sum(edge_disk_free_bytes)', unit: 'bytes' },
    ...atOnce,
    means: 'The database stops to write when the disk is full.',
    look: 'df -h; du -xh --max-depth=2 on the folder that edge status names',
    lookOnAws: `edge verify database.storage --target aws; ${events}`,
    runbook: 'disk-full.md',
  },
  {
    promise: 'connections',
    metric: { name: 'DatabaseConnections', statistic: 'Average', unit: 'count' },
    local: {
      expression: () => 'max(sum by (server) (pg_stat_activity_count))',
      unit: 'count',
      // Of those that are left none says how many the one has that nobody hears of.
      unwell: 'absent(count(count by (server) (pg_stat_activity_count)) >= scalar(max(edge_database_members)))',
    },
    // The pools and the sessions together never get there: something opens connections past them, or leaks them.
    ...atOnce,
    means: 'Soon the database refuses whoever connects.',
    look: 'in psql: select usename, application_name, state, count(*) from pg_stat_activity group by 1, 2, 3',
    runbook: 'connections.md',
  },
  {
    promise: 'replicaLag',
    metric: { name: 'ReplicaLag', statistic: 'Average', unit: 'seconds' },
    local: {
      // The agent's heartbeat as each member sees it: the time of the last transaction grows on an idle primary. A member
      // that nobody hears of lags behind, too.
      expression: () =>
        '(max(edge_heartbeat_age_seconds) - min(edge_heartbeat_age_seconds)) and on () (count(edge_heartbeat_age_seconds) >= scalar(max(edge_database_members)))',
      unit: 'seconds',
    },
    ...atOnce,
    means: 'Readers see old data, and a failover would take longer.',
    look: 'edge verify database.standby; edge logs pg2',
    lookOnAws: 'edge verify database --target aws; aws logs tail /aws/lambda/NAME-replica-heartbeat --since 1h',
    runbook: 'replica-lag.md',
  },
  {
    promise: 'readIops',
    // No maths on AWS: what the disk is provisioned for is no figure there, and the share of it is a number of the template.
    metric: { name: 'ReadIOPS', statistic: 'Average', unit: 'count' },
    local: { expression: (window) => ofDisk(`rate(node_disk_reads_completed_total[${window}])`), unit: 'count' },
    shareOf: 'iops',
    ...fiveMinutes,
    means: 'The disk is read nearly as fast as it can be: queries begin to queue up.',
    look: orNamed('in psql: select query, shared_blks_read from pg_stat_statements order by 2 desc limit 10'),
    lookOnAws: insights,
    runbook: 'disk-load.md',
  },
  {
    promise: 'writeIops',
    // As with reads.
    metric: { name: 'WriteIOPS', statistic: 'Average', unit: 'count' },
    local: { expression: (window) => ofDisk(`rate(node_disk_writes_completed_total[${window}])`), unit: 'count' },
    shareOf: 'iops',
    ...fiveMinutes,
    means: 'The disk is written nearly as fast as it can be: commits begin to queue up.',
    look: orNamed('in psql: select query, wal_bytes from pg_stat_statements order by 2 desc limit 10'),
    lookOnAws: insights,
    runbook: 'disk-load.md',
  },
  {
    promise: 'readLatency',
    metric: { name: 'ReadLatency', statistic: 'Average', unit: 'seconds' },
    local: {
      expression: (window) =>
        perOperation('node_disk_read_time_seconds_total', 'node_disk_reads_completed_total', window),
      unit: 'seconds',
    },
    ...fiveMinutes,
    means: 'The disk reads slowly: so does whatever is in no cache.',
    look: orNamed('cat /proc/diskstats twice; dmesg, where the disk may complain'),
    lookOnAws: insights,
    runbook: 'disk-load.md',
  },
  {
    promise: 'writeLatency',
    metric: { name: 'WriteLatency', statistic: 'Average', unit: 'seconds' },
    local: {
      expression: (window) =>
        perOperation('node_disk_write_time_seconds_total', 'node_disk_writes_completed_total', window),
      unit: 'seconds',
    },
    ...fiveMinutes,
    means: 'The disk writes slowly: each commit waits for it.',
    look: orNamed('cat /proc/diskstats twice; dmesg, where the disk may complain'),
    lookOnAws: insights,
    runbook: 'disk-load.md',
  },
  {
    promise: 'queueDepth',
    metric: { name: 'DiskQueueDepth', statistic: 'Average', unit: 'count' },
    local: {
      expression: (window) => ofDisk(`rate(node_disk_io_time_weighted_seconds_total[${window}])`),
      unit: 'count',
    },
    ...fiveMinutes,
    means: 'More is asked of the disk than it can do.',
    look: orNamed('cat /proc/diskstats twice; in psql: select pid, wait_event, query from pg_stat_activity'),
    lookOnAws: insights,
    runbook: 'disk-load.md',
  },
] as const satisfies readonly Measured[]

/** What one disk does are reads and writes together. On this machine that is a rule of its own, by the same name. */
export const diskOperations: MeasuredOnAws = {
  promise: {
    id: 'monitoring.diskOperations',
    component: 'monitoring',
    says: 'Somebody is called when reads and writes together come near to what the disk is provisioned for.',
    source: 'ours',
    above: percent(80),
  },
  metric: { name: 'ReadIOPS', plus: ['WriteIOPS'], statistic: 'Average', unit: 'count' },
  shareOf: 'allIops',
  ...fiveMinutes,
  means: 'The disk does nearly as many operations as it can: queries and commits begin to queue up.',
  look: 'in psql: select query, shared_blks_read, wal_bytes from pg_stat_statements order by 2 desc limit 10',
  runbook: 'disk-load.md',
}

/** When somebody is called about the database on RDS. */
export const databaseAlarmsOnAws: readonly MeasuredOnAws[] = [...databaseAlarms, diskOperations]

import { everySeconds } from '../render-rules.ts'

export type Series = Readonly<Record<string, string>>

/** Twice as long as any alarm waits. */
export const rounds = 1000
export const constant = (value: number): string => `${value}x${rounds}`
/** When something happened so long ago, in seconds since 1970; time begins there. */
const ago = (value: number): string => `${-value}+${everySeconds}x${rounds}`
/** So much a second. */
export const rising = (perSecond: number): string => `0+${perSecond * everySeconds}x${rounds}`
export const disk = 'edge_disk{device="vda",job="edge"}'

/** The series that an alarm's figure is made of where it is so much. */
export const seriesAt: Readonly<Record<string, (value: number) => Series>> = {
  databaseCpu: (value) => ({
    'edge_database_cpu_seconds_total{member="pg1"}': rising((value / 100) * 1.5),
    'edge_database_cpu_seconds_total{member="pg2"}': rising((value / 100) * 0.5),
    'node_cpu_seconds_total{cpu="0",mode="idle"}': rising(1),
    'node_cpu_seconds_total{cpu="1",mode="idle"}': rising(1),
    'node_cpu_seconds_total{cpu="1",mode="user"}': rising(1),
  }),
  freeableMemory: (value) => ({ node_memory_MemAvailable_bytes: constant(value) }),
  freeStorage: (value) => ({ edge_disk_free_bytes: constant(value) }),
  connections: (value) => ({
    'pg_stat_activity_count{server="a",state="idle"}': constant(value - 10),
    'pg_stat_activity_count{server="a",state="active"}': constant(10),
    'pg_stat_activity_count{server="b",state="active"}': constant(10),
    edge_database_members: constant(2),
  }),
  replicaLag: (value) => ({
    'edge_heartbeat_age_seconds{server="a"}': constant(2),
    'edge_heartbeat_age_seconds{server="b"}': constant(value + 2),
    edge_database_members: constant(2),
  }),
  readIops: (value) => ({ 'node_disk_reads_completed_total{device="vda"}': rising(value), [disk]: constant(1) }),
  writeIops: (value) => ({ 'node_disk_writes_completed_total{device="vda"}': rising(value), [disk]: constant(1) }),
  readLatency: (value) => ({
    'node_disk_read_time_seconds_total{device="vda"}': rising(value * 10),
    'node_disk_reads_completed_total{device="vda"}': rising(10),
    'node_disk_reads_completed_total{device="vdb"}': rising(10),
    [disk]: constant(1),
  }),
  writeLatency: (value) => ({
    'node_disk_write_time_seconds_total{device="vda"}': rising(value * 10),
    'node_disk_writes_completed_total{device="vda"}': rising(10),
    [disk]: constant(1),
  }),
  queueDepth: (value) => ({
    'node_disk_io_time_weighted_seconds_total{device="vda"}': rising(value),
    [disk]: constant(1),
  }),
  cdnErrors: (value) => ({
    'edge_requests_total{class="5xx"}': rising(value),
    'edge_requests_total{class="2xx"}': rising(100 - value),
  }),
  hitRatio: (value) => ({
    'edge_file_requests_total{result="hit"}': rising(value),
    'edge_file_requests_total{result="miss"}': rising(100 - value),
  }),
  // 94.9 or 95.1 of a hundred are no slower than a second: the figure is where 95 are.
  originLatency: (value) => ({
    'edge_origin_seconds_bucket{le="1"}': rising(value > 1 ? 94.9 : 95.1),
    'edge_origin_seconds_bucket{le="2.5"}': rising(100),
    'edge_origin_seconds_bucket{le="+Inf"}': rising(100),
  }),
  backupFailed: (value) => ({
    ...Object.fromEntries(
      ['daily', 'weekly', 'monthly', 'copy', 'filesCopy', 'verification', 'log'].map((what) => [
        `edge_backup_failed{what="${what}",job="node"}`,
        constant(0),
      ]),
    ),
    'edge_backup_failed{what="files",job="node"}': constant(value),
  }),
  backupSize: (value) => ({ 'edge_backup_size_ratio{job="node"}': constant(value) }),
  backupDuration: (value) => ({ 'edge_backup_duration_seconds{job="node"}': constant(value) }),
  freshness: (value) => ({ edge_backup_newest_seconds: ago(value) }),
  verification: (value) => ({ edge_backup_verified_seconds: ago(value) }),
}

/** Counts up with what happens; all else is a figure by itself, which is not there before anything happened. */
export const isCounter = (name: string): boolean => /_(total|bucket)\b/.test(name)

/** Whether somebody who gives figures answers, as Prometheus notes it. */
export const upOf = (job: string): string => `up{job="${job}",instance="${job}"}`

export const sources: Series = {
  'edge_requests_total{class="2xx",job="edge"}': constant(0),
  'edge_file_requests_total{result="hit",job="edge"}': constant(0),
  'edge_origin_seconds_count{job="edge"}': constant(0),
  'edge_certificate_ends_seconds{of="site",job="edge"}': constant(1e9),
  'edge_probe_success{what="site",job="edge"}': constant(1),
  'edge_probe_success{what="api",job="edge"}': constant(1),
  'edge_process_answers{process="api1",job="edge"}': constant(1),
  'edge_process_answers{process="api2",job="edge"}': constant(1),
  [upOf('edge')]: constant(1),
  // One that is asked for its own figures alone is away in each of them: no alarm is about that, and none may be held by it.
  'up{job="api"}': constant(0),
  'process_start_time_seconds{job="prometheus"}': constant(0),
}

export const everySource: Series = Object.fromEntries(
  ['prometheus', 'alertmanager', 'node', 'postgres', 'edge'].map((job) => [upOf(job), constant(1)]),
)

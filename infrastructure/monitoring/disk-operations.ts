import type { Ruled } from '../../src/core/alarm.ts'
import { count, duration } from '../../src/core/units.ts'
import { operationsAtMost } from './alarms.ts'
import type { MonitoringSettings } from './settings.ts'

const counted = ['node_disk_reads_completed_total', 'node_disk_writes_completed_total']

/** What one disk does are reads and writes together: CloudWatch has an alarm of its own for it, and this machine this one. */
export const diskOperations = (limits: Pick<MonitoringSettings, 'disk' | 'alarms'>): Ruled => ({
  id: 'monitoring.diskOperations',
  name: 'diskOperations',
  says: 'Somebody is called when reads and writes together come near to what the disk is provisioned for.',
  fires: { above: count(operationsAtMost(limits), 'a second') },
  local: {
    expression: (window) => {
      const both = counted.map((figure) => `rate(${figure}[${window}])`).join(' + ')
      return `sum((${both}) * on (device) group_left () edge_disk)`
    },
    unit: 'count',
  },
  period: duration('1 minute'),
  periods: 5,
  silence: 'fine',
  means: 'The disk does nearly as many operations as it can: queries and commits begin to queue up.',
  look: 'edge status; in psql: select query, shared_blks_read, wal_bytes from pg_stat_statements order by 2 desc limit 10',
  runbook: 'disk-load.md',
})

import { z } from 'zod'
import { field, size, time } from '../../src/core/field.ts'

const percentage = (value: number, doc: string, source: 'document' | 'ours') =>
  field(z.number().gt(0).lt(100).default(value), {
    doc,
    example: value,
    why: 'an alarm at 0 % rings always, one at 100 % never',
    source,
  })

const databaseAlarms = {
  databaseCpuPercent: percentage(80, "The database uses more than this share of the machine's cores.", 'document'),
  freeableMemory: field(size().prefault('256 MB'), {
    doc: 'Less than this memory is left.',
    example: '256 MB',
    source: 'document',
  }),
  freeStorage: field(size().prefault('10 GB'), {
    doc: 'Less than this is free on the disk of the database.',
    example: '10 GB',
    source: 'document',
  }),
  connections: field(z.int().min(1).max(499).default(400), {
    doc: 'More than this many connections to the database are open.',
    example: 400,
    why: 'PostgreSQL accepts 500; an alarm at 500 could never ring',
    source: 'document',
  }),
  replicaLag: field(time({ atLeast: '1 second' }).prefault('300 seconds'), {
    doc: 'The replica is further behind than this.',
    example: '300 seconds',
    source: 'document',
  }),
  readIopsPercent: percentage(80, 'More reads a second than this share of what the disk is provisioned for.', 'ours'),
  writeIopsPercent: percentage(80, 'More writes a second than this share of what the disk is provisioned for.', 'ours'),
  readLatency: field(time().prefault('20 ms'), {
    doc: 'A read from the disk takes longer than this.',
    example: '20 ms',
    source: 'ours',
  }),
  writeLatency: field(time().prefault('20 ms'), {
    doc: 'A write to the disk takes longer than this.',
    example: '20 ms',
    source: 'ours',
  }),
  queueDepth: field(z.number().positive().default(10), {
    doc: 'More than this many requests wait for the disk.',
    example: 10,
    source: 'ours',
  }),
}

const backupAlarms = {
  backupSizeAtLeast: field(z.number().gt(0).lt(1).default(0.5), {
    doc: 'A backup is smaller than this many times the median of the last seven.',
    example: 0.5,
    why: 'at 1 every second backup would ring',
    source: 'ours',
  }),
  backupSizeAtMost: field(z.number().gt(1).default(1.5), {
    doc: 'A backup is larger than this many times the median of the last seven.',
    example: 1.5,
    why: 'at 1 every second backup would ring',
    source: 'ours',
  }),
  backupDuration: field(time({ atLeast: '1 minute' }).prefault('3600 seconds'), {
    doc: 'A backup takes longer than this.',
    example: '3600 seconds',
    source: 'ours',
  }),
}

const cdnAlarms = {
  cdnErrorsPercent: percentage(1, 'More than this share of all requests is answered with a 5xx status.', 'document'),
  hitRatioPercent: percentage(
    90,
    'The cache answers less than this share of the requests for static files.',
    'document',
  ),
  originLatency: field(time().prefault('1 second'), {
    doc: 'Of the answers that the cache had to fetch, 5 in 100 take longer than this.',
    example: '1 second',
    source: 'ours',
  }),
}

export const monitoringSettings = field(
  z
    .strictObject({
      alarms: field(z.strictObject({ ...databaseAlarms, ...backupAlarms, ...cdnAlarms }).prefault({}), {
        doc: 'When somebody is called: each alarm rings when its sentence is true.',
        example: {},
      }),
    })
    .prefault({}),
  {
    doc: 'Alarms. On AWS the last three are set up, and notify nobody yet; the others are checked, and nothing acts on them so far.',
    example: {},
  },
)

export type MonitoringSettings = z.output<typeof monitoringSettings>

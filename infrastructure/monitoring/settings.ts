import { z } from 'zod'
import { field, promisedField, size, time } from '../../src/core/field.ts'
import { monitoring } from './guarantees.ts'
import { notifySettings } from './settings-notify.ts'

const percentage = (promise: Parameters<typeof promisedField>[1], doc: string) =>
  promisedField(z.number().gt(0).lt(100), promise, { doc, why: 'an alarm at 0 % rings always, one at 100 % never' })

const databaseAlarms = {
  databaseCpuPercent: percentage(
    monitoring.databaseCpu,
    "The database uses more than this share of the machine's cores.",
  ),
  freeableMemory: promisedField(size(), monitoring.freeableMemory, {
    doc: 'Less than this memory is left.',
    unit: 'MB',
  }),
  freeStorage: promisedField(size(), monitoring.freeStorage, {
    doc: 'Less than this is free on the disk of the database.',
    unit: 'GB',
  }),
  connections: promisedField(z.int().min(1), monitoring.connections, {
    doc: 'More than this many connections to a server of the database are open.',
    why: 'full pools are no reason to call anybody; at database.maxConnections it could never ring',
  }),
  replicaLag: promisedField(time({ atLeast: '1 second' }), monitoring.replicaLag, {
    doc: 'The replica is further behind than this.',
    unit: 'seconds',
  }),
  readIopsPercent: percentage(
    monitoring.readIops,
    'More reads a second than this share of what the disk is provisioned for.',
  ),
  writeIopsPercent: percentage(
    monitoring.writeIops,
    'More writes a second than this share of what the disk is provisioned for.',
  ),
  readLatency: promisedField(time(), monitoring.readLatency, {
    doc: 'A read from the disk takes longer than this.',
    unit: 'ms',
  }),
  writeLatency: promisedField(time(), monitoring.writeLatency, {
    doc: 'A write to the disk takes longer than this.',
    unit: 'ms',
  }),
  queueDepth: promisedField(z.number().positive(), monitoring.queueDepth, {
    doc: 'More than this many requests wait for the disk.',
  }),
}

const [smallest, largest] = monitoring.backupSize.between

const backupAlarms = {
  backupSizeAtLeast: promisedField(
    z.number().gt(0).lt(1),
    { ...monitoring.backupSize, below: smallest },
    {
      doc: 'A backup is smaller than this many times the median of the last seven.',
      why: 'at 1 every second backup would ring',
    },
  ),
  backupSizeAtMost: promisedField(
    z.number().gt(1),
    { ...monitoring.backupSize, above: largest },
    {
      doc: 'A backup is larger than this many times the median of the last seven.',
      why: 'at 1 every second backup would ring',
    },
  ),
  backupDuration: promisedField(time({ atLeast: '1 minute' }), monitoring.backupDuration, {
    doc: 'A backup takes longer than this.',
    unit: 'seconds',
  }),
}

const cdnAlarms = {
  cdnErrorsPercent: percentage(
    monitoring.cdnErrors,
    'More than this share of all requests is answered with a 5xx status.',
  ),
  hitRatioPercent: percentage(
    monitoring.hitRatio,
    'The cache answers less than this share of the requests for static files.',
  ),
  originLatency: promisedField(time(), monitoring.originLatency, {
    doc: 'Of the answers that the cache had to fetch, 5 in 100 take longer than this.',
    unit: 'second',
  }),
}

export const monitoringSettings = field(
  z
    .strictObject({
      enabled: field(z.boolean().default(true), {
        doc: 'Whether this machine measures, and calls somebody. Without it no alarm of this machine is claimed.',
        example: true,
        source: 'ours',
      }),
      notify: field(notifySettings, {
        doc: 'Who is told. The inbox of the instance (edge status) is told always.',
        example: {},
      }),
      heartbeat: field(
        z
          .strictObject({
            url: field(z.url({ protocol: /^https$/, error: 'must be an address that begins with https://' }), {
              doc: 'What is asked each minute (GET), as long as this machine can call somebody. Whoever is there calls you when it is asked no more.',
              example: 'https://hc.example.com/ping/0b7e4d',
            }),
            ca: field(z.string().startsWith('/', 'must be an absolute path').optional(), {
              doc: 'The authority of its certificate, where the machine does not know it.',
              example: '/etc/edge/heartbeat-ca.crt',
            }),
          })
          .optional(),
        {
          doc: 'Somebody outside who notices that this machine is dead, or calls nobody any more.',
          example: { url: 'https://hc.example.com/ping/0b7e4d' },
        },
      ),
      keep: field(
        z
          .strictObject({
            time: field(time({ atLeast: '1 day' }).prefault('15 days'), {
              doc: 'How long figures are kept.',
              example: '15 days',
              why: 'some alarms look back as far as a day',
              source: 'ours',
            }),
            size: field(size({ atLeast: '64 MB' }).prefault('512 MB'), {
              doc: 'How much of the disk they take at most: the oldest go first.',
              example: '512 MB',
              why: 'what alarms look back at has to be among them',
              source: 'ours',
            }),
          })
          .prefault({}),
        { doc: 'The figures that were measured.', example: {} },
      ),
      alarms: field(z.strictObject({ ...databaseAlarms, ...backupAlarms, ...cdnAlarms }).prefault({}), {
        doc: 'When somebody is called: each alarm rings when its sentence is true.',
        example: {},
      }),
      disk: field(
        z
          .strictObject({
            iops: field(z.int().min(100).max(1_000_000).default(3000), {
              doc: 'So many operations a second the disk of the database is provisioned for; alarms begin at a share of it. On AWS of what the class of its server is good for, where that is less.',
              example: 3000,
              why: 'a gp3 volume below 400 GB has 3,000',
              source: 'ours',
            }),
            device: field(
              z
                .string()
                .regex(/^[\w!.-]+$/, "must be a disk's name as in /proc/diskstats, without /dev/")
                .refine((name) => !name.startsWith('.'), 'must be the name of a disk')
                .optional(),
              {
                doc: 'The disk that the database lies on, as /proc/diskstats names it. Without it: the one below its folder, or the only one there is.',
                example: 'nvme0n1',
                why: 'Btrfs, ZFS and the file system of a container do not say it; where there are several, somebody has to',
              },
            ),
          })
          .prefault({}),
        { doc: 'What the disk of the database can do.', example: {} },
      ),
    })
    .prefault({}),
  {
    doc: 'Measuring, alarms, and who is told. On AWS the alarms call the addresses of aws.notify.',
    example: {},
  },
)

export type MonitoringSettings = z.output<typeof monitoringSettings>

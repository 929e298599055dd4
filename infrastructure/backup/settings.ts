import { z } from 'zod'
import { field, promisedField, time } from '../../src/core/field.ts'
import { show } from '../../src/core/units.ts'
import { backup } from './guarantees.ts'
import { overlap } from './which-repository.ts'

const keep = (what: 'daily' | 'weekly' | 'monthly') =>
  field(
    z
      .strictObject({
        keep: promisedField(time({ atLeast: '1 day' }), backup[what], {
          doc: `How long a ${what} backup is kept.`,
          unit: 'days',
        }),
      })
      .prefault({}),
    { doc: `The ${what} backup of the database.`, example: {} },
  )

const wholePath = z.string().regex(/^\/[^\s'"]+$/, 'must be a whole path, without blanks or quotes')

const example = '/mnt/backup/my-app'

/** How long a lock in compliance mode can still be lifted. AWS asks for 3 days at least; a week has one restore test in it. */
export const graceDays = 7

/** A folder, or a place in a bucket. */
const secondPlace = z
  .string()
  .refine(
    (place) => !place.startsWith('http://'),
    'must begin with https://: without TLS anybody on the way could change it',
  )
  .refine((place) => !place.startsWith('s3:'), 'must be https://HOST/BUCKET/FOLDER: it names the server, too')
  .regex(
    /^(\/[^\s'"]+|https:\/\/[\w.-]+(:\d{1,5})?\/[a-z\d][a-z\d.-]{1,61}[a-z\d](\/[\w.-]+)+\/?)$|^(http|s3):/,
    'must be a whole path, without blanks or quotes, or https://HOST/BUCKET/FOLDER',
  )

const s3 = field(
  z
    .strictObject({
      credentialsFile: field(wholePath, {
        doc: "A file of AWS's form (`[default]`, `aws_access_key_id`, `aws_secret_access_key`), which the engines' user may read and nobody else.",
        example: '/etc/edge/s3-credentials',
      }),
      region: field(
        z
          .string()
          .regex(/^[a-z\d-]+$/, 'must be the name of a region')
          .default('us-east-1'),
        { doc: 'The region of the bucket; a server of your own takes any.', example: 'eu-central-1', source: 'ours' },
      ),
      ca: field(wholePath.optional(), {
        doc: 'The authority of the certificate of the server, where the machine does not know it.',
        example: '/etc/edge/s3-ca.crt',
      }),
    })
    .optional(),
  {
    doc: 'How a second repository in S3 is reached.',
    example: { credentialsFile: '/etc/edge/s3-credentials', region: 'eu-central-1' },
  },
)

const sftp = field(
  z
    .strictObject({
      keyFile: field(wholePath, {
        doc: "The private key, without a passphrase, which the engines' user may read and nobody else.",
        example: '/etc/edge/sftp-key',
      }),
      knownHosts: field(wholePath, {
        doc: 'The host keys of the server, as `ssh-keyscan` writes them; nothing goes to a server with another one.',
        example: '/etc/edge/sftp-known-hosts',
      }),
    })
    .optional(),
  {
    doc: 'How `backup.secondFiles` is reached.',
    example: { keyFile: '/etc/edge/sftp-key', knownHosts: '/etc/edge/sftp-known-hosts' },
  },
)

export const backupSettings = field(
  z
    .strictObject({
      enabled: field(z.boolean().default(true), {
        doc: 'Whether backups are made: false for an instance whose data nobody would miss.',
        example: true,
        why: 'a trial or a test has no use for them',
        source: 'ours',
      }),
      repository: field(wholePath.optional(), {
        doc: 'The folder of the backups. Without it: `backup/repository` below the state directory.',
        example,
        source: 'ours',
      }),
      secondRepository: field(secondPlace.optional(), {
        doc: 'A folder for a copy of every backup, on a disk of another machine (mounted here); or a place in S3, as `https://HOST/BUCKET/FOLDER`, whose bucket is there. Without it: `backup/second` below the state directory, which is lost with it.',
        example,
        source: 'ours',
      }),
      s3,
      secondFiles: field(
        z
          .string()
          .regex(
            /^sftp:\/\/[A-Za-z_][\w.-]*@\w[\w.-]*(:\d{1,5})?(\/[\w.-]+)+\/?$/,
            'must be sftp://USER@HOST/FOLDER, whose folder is whole',
          )
          .optional(),
        {
          doc: 'A folder of another machine for the copy of the files, over SFTP. Without it, that copy lies in the second repository, as the one of the database always does.',
          example: 'sftp://backup@files.example.com/srv/my-app',
          source: 'ours',
        },
      ),
      sftp,
      lock: field(z.enum(['governance', 'compliance']).default('governance'), {
        doc: `Who may lift the lock of the vaults (AWS only): whoever administers backups; or, with 'compliance', nobody, ${graceDays} days after its deployment. That asks for its own confirmation.`,
        example: 'governance',
        why: 'a lock in compliance mode cannot be undone: each backup stays, and is paid for, until its time is over',
        source: 'ours',
      }),
      daily: keep('daily'),
      weekly: keep('weekly'),
      monthly: keep('monthly'),
      transactionLogs: field(
        z
          .strictObject({
            keep: promisedField(time({ atLeast: '24 hours' }), backup.transactionLogs, {
              doc: 'How far back the database can be brought to any second.',
              why: 'with less there is a time of the day to which no backup leads',
              unit: 'hours',
            }),
          })
          .prefault({}),
        { doc: 'The transaction logs between the backups.', example: {} },
      ),
      files: field(
        z
          .strictObject({
            infrequentAccess: promisedField(time({ atLeast: '30 days' }), backup.infrequentAccess, {
              doc: 'Age at which an earlier version of a file goes to cheaper storage (AWS only).',
              why: 'S3 takes nothing younger into Standard-IA',
              unit: 'days',
            }),
            archive: promisedField(time({ atLeast: '60 days' }), backup.archive, {
              doc: 'Age at which it goes to the archive (AWS only).',
              why: 'S3 charges Standard-IA for 30 days at least',
              unit: 'days',
            }),
            expiry: promisedField(time({ atLeast: '1 day' }), backup.expiry, {
              doc: 'Age at which it is deleted.',
              unit: 'days',
            }),
          })
          .prefault({}),
        { doc: 'Earlier versions of uploaded files.', example: {} },
      ),
      applicationState: field(
        z
          .strictObject({
            schema: field(
              z
                .string()
                .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be the name of a schema')
                .default('state'),
              {
                doc: 'The schema of the database in which the application keeps its state.',
                example: 'state',
                why: 'a schema of its own can be exported, and brought back, without the rest',
                source: 'ours',
              },
            ),
            keep: promisedField(time({ atLeast: '1 day' }), backup.stateDaily, {
              doc: 'How long a daily backup of sessions and preferences is kept.',
              unit: 'days',
            }),
          })
          .prefault({}),
        { doc: 'Backups of the application state (sessions, preferences).', example: {} },
      ),
    })
    .superRefine(({ repository, secondRepository }, context) => {
      if (repository === undefined || secondRepository === undefined || !overlap(repository, secondRepository)) return
      const message = `must lie apart from backup.repository (${repository}): one of both is to be left`
      context.addIssue({ code: 'custom', path: ['secondRepository'], message, input: secondRepository })
    })
    .superRefine(({ secondRepository, s3: access }, context) => {
      const isInS3 = secondRepository?.startsWith('https://') === true
      if (isInS3 === (access !== undefined)) return
      const message = isInS3
        ? `must name a file with the credentials of backup.secondRepository (${secondRepository})`
        : 'is of a backup.secondRepository in S3: https://HOST/BUCKET/FOLDER'
      context.addIssue({ code: 'custom', path: isInS3 ? ['s3', 'credentialsFile'] : ['s3'], message, input: access })
    })
    .superRefine(({ secondFiles, sftp: access }, context) => {
      if ((secondFiles === undefined) === (access === undefined)) return
      const message =
        secondFiles === undefined
          ? 'is of a backup.secondFiles: sftp://USER@HOST/FOLDER'
          : `must name the key and the host keys of backup.secondFiles (${secondFiles})`
      context.addIssue({ code: 'custom', path: ['sftp'], message, input: access })
    })
    .superRefine(({ daily, weekly, monthly, transactionLogs }, context) => {
      const [longest] = [daily.keep, weekly.keep, monthly.keep].toSorted((a, b) => b.milliseconds - a.milliseconds)
      if (!longest || transactionLogs.keep.milliseconds <= longest.milliseconds) return
      const message = `must be at most as long as the backup that is kept longest, ${show(longest)}: logs begin with a backup`
      context.addIssue({ code: 'custom', path: ['transactionLogs', 'keep'], message })
    })
    .prefault({}),
  {
    doc: 'Backups: what is kept, how long, and where. On AWS the ages, the logs and the schedule are those of AWS Backup; the folders mean nothing there.',
    example: {},
  },
)

export type BackupSettings = z.output<typeof backupSettings>

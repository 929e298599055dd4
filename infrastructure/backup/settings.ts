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

const folder = (doc: string) =>
  field(
    z
      .string()
      .regex(/^\/[^\s'"]+$/, 'must be a whole path, without blanks or quotes')
      .optional(),
    {
      doc,
      example: '/mnt/backup/my-app',
      source: 'ours',
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
      repository: folder('The folder of the backups. Without it: `backup/repository` below the state directory.'),
      secondRepository: folder(
        'A folder for a copy of every backup, on a disk of another machine (mounted here). Without it: `backup/second` below the state directory, which is lost with it.',
      ),
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

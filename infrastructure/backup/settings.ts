import { z } from 'zod'
import { field, time } from '../../src/core/field.ts'

const keep = (text: '7 days' | '30 days' | '90 days', what: string) =>
  field(
    z
      .strictObject({
        keep: field(time({ atLeast: '1 day' }).prefault(text), {
          doc: `How long a ${what} backup is kept.`,
          example: text,
          source: 'document',
        }),
      })
      .prefault({}),
    { doc: `The ${what} backup of the database.`, example: {} },
  )

export const backupSettings = field(
  z
    .strictObject({
      daily: keep('7 days', 'daily'),
      weekly: keep('30 days', 'weekly'),
      monthly: keep('90 days', 'monthly'),
      transactionLogs: field(
        z
          .strictObject({
            keep: field(time({ atLeast: '24 hours' }).prefault('24 hours'), {
              doc: 'How far back the database can be brought to any second.',
              example: '24 hours',
              why: 'with less there is a time of the day to which no backup leads',
              source: 'document',
            }),
          })
          .prefault({}),
        { doc: 'The transaction logs between the backups.', example: {} },
      ),
      files: field(
        z
          .strictObject({
            infrequentAccess: field(time({ atLeast: '30 days' }).prefault('30 days'), {
              doc: 'Age at which an earlier version of a file goes to cheaper storage (AWS only).',
              example: '30 days',
              why: 'S3 takes nothing younger into Standard-IA',
              source: 'document',
            }),
            archive: field(time({ atLeast: '60 days' }).prefault('90 days'), {
              doc: 'Age at which it goes to the archive (AWS only).',
              example: '90 days',
              why: 'S3 charges Standard-IA for 30 days at least',
              source: 'document',
            }),
            expiry: field(time({ atLeast: '1 day' }).prefault('365 days'), {
              doc: 'Age at which it is deleted.',
              example: '365 days',
              source: 'document',
            }),
          })
          .prefault({}),
        { doc: 'Earlier versions of uploaded files.', example: {} },
      ),
      applicationState: field(
        z
          .strictObject({
            keep: field(time({ atLeast: '1 day' }).prefault('7 days'), {
              doc: 'How long a daily backup of sessions and preferences is kept.',
              example: '7 days',
              source: 'document',
            }),
          })
          .prefault({}),
        { doc: 'Backups of the application state (sessions, preferences).', example: {} },
      ),
    })
    .prefault({}),
  { doc: 'Backups. Not built yet: these values are checked, and nothing acts on them so far.', example: {} },
)

export type BackupSettings = z.output<typeof backupSettings>

import { z } from 'zod'
import { field, promisedField, time } from '../../src/core/field.ts'
import { backup } from './guarantees.ts'

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

export const backupSettings = field(
  z
    .strictObject({
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
            keep: promisedField(time({ atLeast: '1 day' }), backup.stateDaily, {
              doc: 'How long a daily backup of sessions and preferences is kept.',
              unit: 'days',
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

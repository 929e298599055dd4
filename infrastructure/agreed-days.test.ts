import { expect, it } from 'vitest'
import { schema } from '../src/config/schema.ts'
import { at, list, resourceOf } from '../src/targets/aws/template.ts'
import { templatesIn } from './backup/proofs/test-template.ts'
import { templateOf } from './database/proofs/test-template.ts'
import { needsOnAws } from './needs-on-aws.ts'

/** What the stacks of the database and of the backups each say of how far back it goes, and when RDS backs it up. */
async function saidOf(backup: object) {
  const configuration = schema.parse({ site: { static: 'web' }, backup })
  const stack = () => {
    throw new Error('the database needs no other stack')
  }
  const { recoverDays } = needsOnAws.database.given({ configuration, watched: [], stack })
  const [database, { backup: backups }] = await Promise.all([
    templateOf({ recoverDays }),
    templatesIn(configuration.backup),
  ])
  const primary = at(resourceOf(database, 'Primary'), 'Properties')
  const rules = list(at(resourceOf(backups, 'Plan'), 'Properties', 'BackupPlan', 'BackupPlanRule'))
  const continuous = rules.filter((rule) => at(rule, 'EnableContinuousBackup') === true)
  return {
    database: at(primary, 'BackupRetentionPeriod'),
    window: at(primary, 'PreferredBackupWindow'),
    rules: continuous.map((rule) => at(rule, 'Lifecycle', 'DeleteAfterDays')),
  }
}

it.each([
  ['what is shipped', {}, 7],
  ['logs that are kept for longer than a daily backup', { transactionLogs: { keep: '225 hours' } }, 10],
  ['daily backups that are kept for longer', { daily: { keep: '14 days' } }, 14],
])('with %s, both say the same days, and the hour is left to AWS Backup', async (_, backup, days) => {
  expect(await saidOf(backup)).toEqual({ database: days, window: undefined, rules: [days] })
})

import { duration } from '../../../src/core/units.ts'
import type { OwnFunction } from '../../../src/core/own-function.ts'

const runbook = 'backup-failed.md'
/** They run for up to a quarter of an hour, and their error has the time at which they were called. */
const atAnyTime = { period: duration('1 hour'), periods: 1 } as const

/** The functions of the stack of the backups, and when somebody is called about them. */
export const backupFunctions: readonly OwnFunction[] = [
  {
    name: 'backup-figures',
    severity: 'warning',
    failed: { period: duration('5 minutes'), periods: 1 },
    silent: { seenBy: 'BackupAge' },
    rules: ['backup-made', 'backup-looked-for'],
    means: 'Nobody knows how large the newest backup is and how long it took, or how old it is.',
    runbook,
  },
  {
    name: 'validate-restore',
    severity: 'warning',
    failed: atAnyTime,
    // No alarm of its own: a new stack would ring until the first morning, as CloudWatch knows of no call before that.
    silent: { seenBy: 'VerificationAge' },
    rules: ['restored', 'table-backed-up', 'before-backups'],
    means:
      'A restore test was not looked into, or nothing is noted of the live data that the next one is held against.',
    runbook,
  },
  {
    name: 'read-database',
    severity: 'warning',
    failed: atAnyTime,
    means:
      'The database was not read: nothing is noted of it, or what a restore test brought back was not looked into.',
    runbook,
  },
]

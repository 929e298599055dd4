import type { OwnRule } from '../../../src/core/own-function.ts'
import type { Severity } from '../../../src/core/severity.ts'

type Kind = {
  readonly id: string
  readonly says: string
  readonly detailType: string
  /** AWS Backup's events say `state` of backups and copies, and `status` of restores. */
  readonly field: 'state' | 'status'
  readonly bad: readonly string[]
  /** Only where the event has a message. */
  readonly withMessage?: true
  /** Who sends it, where it is not AWS Backup itself. */
  readonly source?: string
  readonly severity: Severity
  /** What else tells of the same: two letters are not to be taken for two failures. */
  readonly alsoTold?: string
}

/** What the function says that looks into what a restore test brought back (backup/aws/functions/validate-restore.ts). */
const tested = { source: 'edge.backup', detailType: 'Restore Test Result', field: 'status' } as const

/** Any text: the letter has it. */
export const anyMessage = [{ 'anything-but': [''] }]

/**
 * Whatever ends otherwise than well: a job that is late until it expires rings like one that failed; and so does one that
 * AWS Backup calls completed, and says something about (its console: "Completed with issues"). What a restore test brought
 * back is told whatever came of it, by the function that looked into it.
 */
export const kinds: readonly Kind[] = [
  {
    id: 'BackupFailed',
    says: 'A backup failed, was given up, or did not begin in its time',
    detailType: 'Backup Job State Change',
    field: 'state',
    bad: ['FAILED', 'ABORTED', 'EXPIRED', 'PARTIAL'],
    severity: 'critical',
    alsoTold:
      'It is no second failure when the alarm monitoring.backupFailed rings for it, too: that has an end, and counts no job that is PARTIAL.',
  },
  {
    id: 'BackupIncomplete',
    says: 'A backup was made, and something is missing in it',
    detailType: 'Backup Job State Change',
    field: 'state',
    bad: ['COMPLETED'],
    withMessage: true,
    severity: 'critical',
  },
  {
    id: 'CopyFailed',
    says: 'A backup was not copied to the other region',
    detailType: 'Copy Job State Change',
    field: 'state',
    bad: ['FAILED', 'PARTIAL'],
    severity: 'critical',
  },
  {
    id: 'RestoreFailed',
    says: 'A restore failed, a test of one too',
    detailType: 'Restore Job State Change',
    field: 'status',
    bad: ['FAILED', 'ABORTED'],
    severity: 'critical',
  },
  {
    id: 'RestoreTestFailed',
    says: 'What a restore test brought back is not good',
    ...tested,
    bad: ['FAILED'],
    severity: 'critical',
  },
  {
    id: 'RestoreTestPassed',
    says: 'A restore test brought back what is good',
    ...tested,
    bad: ['SUCCESSFUL'],
    severity: 'warning',
  },
]

const whatToDo =
  'edge verify backup --target aws says which promises hold; docs/runbooks/backup-failed.md says what to do.'

/** Words that a letter ends with. */
export const endOfLetter = ({ alsoTold }: Pick<Kind, 'alsoTold'>): string =>
  alsoTold === undefined ? whatToDo : `${alsoTold} ${whatToDo}`

/** What the rule of a kind is called, behind the name of the instance: `backup-failed`. */
export const ruleNameOf = (id: string): string => id.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()

/** The rules that write to a topic, with what it means that one cannot. */
export const letterRules: readonly OwnRule[] = kinds.map(({ id, says, severity }) => ({
  name: ruleNameOf(id),
  severity,
  means: `Nobody hears of it by this rule: ${says.charAt(0).toLowerCase()}${says.slice(1)}.`,
  runbook: 'backup-failed.md',
}))

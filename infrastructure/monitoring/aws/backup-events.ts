import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'

type Kind = {
  readonly id: string
  readonly says: string
  readonly detailType: string
  /** AWS Backup's events say `state` of backups and copies, and `status` of restores. */
  readonly field: 'state' | 'status'
  readonly bad: readonly string[]
}

/** Whatever ends otherwise than well: a job that is late until it expires rings like one that failed. */
export const kinds: readonly Kind[] = [
  {
    id: 'BackupFailed',
    says: 'A backup failed, was given up, or did not begin in its time',
    detailType: 'Backup Job State Change',
    field: 'state',
    bad: ['FAILED', 'ABORTED', 'EXPIRED', 'PARTIAL'],
  },
  {
    id: 'CopyFailed',
    says: 'A backup was not copied to the other region',
    detailType: 'Copy Job State Change',
    field: 'state',
    bad: ['FAILED', 'PARTIAL'],
  },
  {
    id: 'RestoreFailed',
    says: 'A restore failed, a test of one too',
    detailType: 'Restore Job State Change',
    field: 'status',
    bad: ['FAILED', 'ABORTED'],
  },
]

/** Events of AWS Backup that somebody is called for at once. They come at best: the age of the newest backup is watched too. */
export function backupEvents(scope: Construct, topic: Topic): void {
  for (const { id, says, detailType, field, bad } of kinds) {
    new Rule(scope, id, {
      description: says,
      eventPattern: { source: ['aws.backup'], detailType: [detailType], detail: { [field]: [...bad] } },
      // CDK's own target would let every rule of every account publish: the topic's policy says who may.
      targets: [{ bind: () => ({ arn: topic.topicArn, input: letter(says) }) }],
    })
  }
}

/** What the letter says: what happened, when and to what, and what to do. */
const letter = (says: string): RuleTargetInput => {
  const [when, what] = [EventField.fromPath('$.time'), EventField.fromPath('$.detail.resourceType')]
  return RuleTargetInput.fromText(`${says} (${when}, ${what}). ${whatToDo}`)
}

export const whatToDo =
  'edge verify backup --target aws says which promises hold; docs/runbooks/backup-failed.md says what to do.'

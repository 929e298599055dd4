import { OperatorError } from '../../core/errors.ts'

/** A resource of a stack: its name in the template, and its own id. */
export type Resource = { readonly resource: string; readonly id: string; readonly type: string }

/** What takes the deletion protection off a resource, by its type: its service refuses to delete it before. */
const lifting: Readonly<Record<string, (id: string) => string>> = {
  'AWS::RDS::DBInstance': (id) =>
    `aws rds modify-db-instance --db-instance-identifier ${id} --no-deletion-protection --apply-immediately`,
  'AWS::DynamoDB::Table': (id) => `aws dynamodb update-table --table-name ${id} --no-deletion-protection-enabled`,
}

/** Whether it was deletion protection that kept a resource, in the words of RDS and of DynamoDB. */
export const isProtected = ({ type, reason }: Resource & { readonly reason: string }): boolean =>
  lifting[type] !== undefined && /protected|deletion protection/i.test(reason)

/** Which resource is protected, and the command that lifts that. */
export const lifts = ({ resource, id, type }: Resource, region: string): string =>
  `${resource} is protected against deletion: ${lifting[type]?.(id) ?? type} --region ${region} lifts that`

/** A resource as its stack has it: whether it goes with the stack, and whether its service would refuse that. */
export type Doomed = Resource & {
  readonly region: string
  readonly stays: boolean
  readonly isProtected: boolean
  /** It is of no stack, and stands in what the stack would delete. */
  readonly isGuest?: true
}

/** Statuses of a stack whose first deployment failed, of which CloudFormation keeps nothing that it was still making. */
const neverWhole = new Set(['CREATE_FAILED', 'ROLLBACK_FAILED'])

/** Whether a resource with this policy is there when its stack is deleted. */
export const staysBy = (policy: unknown, status: string | undefined): boolean =>
  policy === 'Retain' || (policy === 'RetainExceptOnCreate' && !neverWhole.has(status ?? ''))

/**
 * Throws OperatorError where something would be deleted that is protected, or that somebody else stands in: CloudFormation meets
 * that half-way, when other stacks, and half of this one, are gone.
 */
export function requireUnprotected(resources: readonly Doomed[]): void {
  const guests = resources.filter(({ isGuest }) => isGuest)
  if (guests.length > 0)
    throw new OperatorError(
      'destroy',
      `${guests.map(({ id }) => id).join(', ')}: in the subnets of the database, and not of its stack`,
      [
        'nothing was deleted',
        'what AWS Backup restored for a test (awsbackup-restore-test-…) it deletes by itself within hours',
        ...guests.map(
          ({ id, region }) =>
            `where nobody needs it: aws rds delete-db-instance --db-instance-identifier ${id} --final-db-snapshot-identifier ${id}-last --region ${region}`,
        ),
      ],
    )
  const kept = resources.filter(({ stays, isProtected: is }) => is && !stays)
  if (kept.length === 0) return
  throw new OperatorError('destroy', `${kept.map(({ id }) => id).join(', ')}: protected against deletion`, [
    'nothing was deleted',
    ...kept.map((one) => lifts(one, one.region)),
  ])
}

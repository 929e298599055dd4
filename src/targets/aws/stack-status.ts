type Stack = {
  readonly stack: string
  readonly region: string
  /** Whose stack it is: what deletes it names this one alone. Without it, a plan of an older version was read. */
  readonly component?: string | undefined
}

/** What a status means to whoever wants to deploy, and what to do first. */
type Obstacle = {
  readonly says: string
  readonly next: string
  /** Whether what is next deletes it. */
  readonly deletes?: boolean
}

const onceMore = 'edge plan --target aws'
// Without a component it would delete every stack, those with a live site and its data among them.
const deletes = ({ component = 'COMPONENT' }: Stack): string => `edge destroy ${component} --target aws`
const anew = (stack: Stack): string =>
  `${deletes(stack)} deletes it, then edge deploy ${stack.component ?? 'COMPONENT'} --target aws makes it anew`
const onItsOwn = (verb: string, { stack, region }: Stack): string =>
  `aws cloudformation ${verb} --stack-name ${stack} --region ${region}`

/** The states that a stack does not leave by itself (CloudFormation's guide, "Stack status codes"). */
const stuck: Readonly<Record<string, (stack: Stack) => Obstacle>> = {
  REVIEW_IN_PROGRESS: () => ({
    says: 'its first deployment was prepared and never begun',
    next: 'edge deploy --target aws begins it',
  }),
  // Of this one, other than of ROLLBACK_FAILED, the toolkit takes what is left away before it deploys.
  ROLLBACK_COMPLETE: () => ({
    says: 'its first deployment failed, and nothing of it is there any more',
    next: 'mend the cause, then edge deploy --target aws makes it anew',
  }),
  CREATE_FAILED: (stack) => ({
    says: 'its first deployment failed, and stopped half-way',
    next: anew(stack),
    deletes: true,
  }),
  // Continued is the way back of a change alone: here there is nothing to go back to.
  ROLLBACK_FAILED: (stack) => ({
    says: 'its first deployment failed, and what it had made could not be taken away: it can only be deleted',
    next: anew(stack),
    deletes: true,
  }),
  UPDATE_FAILED: (stack) => ({
    says: 'a change failed, and stopped half-way',
    next: `${onItsOwn('rollback-stack', stack)}, then ${onceMore}`,
  }),
  UPDATE_ROLLBACK_FAILED: (stack) => ({
    says: 'a change failed, and the way back failed, too',
    next: `mend the cause, then ${onItsOwn('continue-update-rollback', stack)}, then ${onceMore}`,
  }),
  DELETE_FAILED: (stack) => ({
    says: 'it was not deleted as a whole',
    next: `mend the cause, then ${deletes(stack)} again`,
    deletes: true,
  }),
}

/** What stands in the way of a deployment; undefined where a stack is complete, and nothing does. */
export function obstacleOf(status: string, stack: Stack): Obstacle | undefined {
  const known = stuck[status]
  if (known) return known(stack)
  if (status.endsWith('_COMPLETE')) return undefined
  if (status.endsWith('_IN_PROGRESS'))
    return { says: 'CloudFormation is still at work', next: `${onceMore} again when that has ended` }
  return { says: 'it was left half-way', next: `${onItsOwn('describe-stack-events', stack)} says by what` }
}

/** What was to become of stacks; how they are left where it did not, and what to do then. */
export type Goal = {
  readonly done: string
  readonly left: string
  readonly next: string
  readonly whenEnded: string
  /** Whether a stack that is stuck is in the way. */
  readonly needsWhole: boolean
}
export const deployed: Goal = {
  done: 'deployed',
  left: 'what was there before is there again',
  next: 'mend the cause, then edge plan --target aws, and edge deploy --target aws again',
  whenEnded: 'edge plan --target aws shows what is left to do when that has ended',
  needsWhole: true,
}
export const deleted: Goal = {
  done: 'deleted',
  left: 'what was not deleted is still there',
  next: 'mend the cause, then the same command again',
  whenEnded: 'the same command deletes what is left when that has ended',
  needsWhole: false,
}

/** In the place of a status that cannot be asked for. */
export const unseen = 'cannot be asked now'

/** How a stack is left, and what to do then. What is not known, or still changes, is not said to be as before. */
export function leftAs(
  { left, next, whenEnded, needsWhole }: Goal,
  seen: Stack & { readonly status: string },
): readonly [left: string, next: string] {
  const obstacle = seen.status.endsWith('_FAILED') && needsWhole ? obstacleOf(seen.status, seen) : undefined
  if (obstacle) return [obstacle.says, obstacle.next]
  const isOpen = seen.status === unseen || seen.status.endsWith('_IN_PROGRESS')
  return isOpen ? ['CloudFormation may still be at work', whenEnded] : [left, next]
}

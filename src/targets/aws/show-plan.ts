import type { Paint } from '../../core/target.ts'
import type { Action, Change, SectionChange } from './change.ts'
import type { Drift } from './drift.ts'
import { hostedType } from './hosted-rotation.ts'
import { type AwsPlan, isDeployed, type StackPlan } from './plan.ts'
import { obstacleOf } from './stack-status.ts'

/** What costs data or a moment of the site is written so that nobody reads over it. */
const called: Readonly<Record<Action, string>> = {
  add: 'add',
  change: 'change',
  'may replace': 'MAY REPLACE',
  replace: 'REPLACE',
  delete: 'DELETE',
  'leave behind': 'LEAVE BEHIND',
}
const lostWhen: Readonly<Record<string, string>> = {
  DeletionPolicy: 'any more when the stack is deleted, or it leaves the template',
  UpdateReplacePolicy: 'any more when another is made in its place',
}
const isLoud = (action: Action): boolean => action !== 'add' && action !== 'change'

/** A plan in words. */
export function planLines({ account, stacks }: AwsPlan, paint: Paint): readonly string[] {
  const longest = Math.max(...stacks.flatMap(({ changes }) => changes.map(({ resource }) => resource.length)))
  return [
    ...stacks.flatMap((one) => [
      `${paint.bold(one.stack)}   account ${account}, ${one.region}${one.before === null ? ', not there yet' : ''}`,
      ...obstacleLines(one, paint),
      ...waitingLines(one, paint),
      ...bucketLines(one),
      ...one.changes.flatMap((change) => changeLines(change, longest, paint)),
      ...hostedLines(one, longest, paint),
      ...one.beside.map((change) => sectionLine(change, paint)),
    ]),
    '',
    summaryOf(stacks),
  ]
}

/** Where something stands in the way of a deployment, it and the next step. */
function obstacleLines({ status, ...stack }: StackPlan, { red }: Paint): readonly string[] {
  const obstacle = status === undefined ? undefined : obstacleOf(status, stack)
  return obstacle ? [`  ${red(status ?? '')}: ${obstacle.says}`, `    ${'next'.padEnd(11)}${obstacle.next}`] : []
}

/** What nobody can say yet is said to be so: a plan that seems empty would be agreed to. */
function waitingLines({ waitsFor, before }: StackPlan, { yellow }: Paint): readonly string[] {
  if (!waitsFor) return []
  const then =
    before === null
      ? 'all of it is new: nothing of it can be replaced or deleted'
      : 'it is not changed then; edge plan --target aws shows what would change of it, edge deploy --target aws does that'
  return [
    `  ${yellow('NOT SHOWN'.padEnd(13))}it needs what ${waitsFor.join(', ')} answers, which is deployed first`,
    `  ${''.padEnd(13)}${then}`,
  ]
}

/** It is made beside the stacks, and a deployment does no more than its plan shows. */
const bucketLines = ({ bucket, ...one }: StackPlan): readonly string[] =>
  bucket === undefined || isDeployed(one)
    ? []
    : [`  ${'through'.padEnd(13)}${bucket}: too large to be sent itself; the bucket is made where there is none`]

function changeLines(
  { resource, type, action, properties, noLongerKept = [] }: Change,
  longestName: number,
  { dim, red, yellow }: Paint,
): readonly string[] {
  const paint = isLoud(action) ? red : yellow
  const what = properties.length === 0 ? '' : `: ${properties.join(', ')}`
  return [
    `  ${paint(called[action].padEnd(13))}${resource.padEnd(longestName)}  ${dim(`${type}${what}`)}`,
    ...noLongerKept.map(({ policy, was, is }) => {
      const why = `${policy} was ${was}, and is ${is}`
      return `  ${red('NOT KEPT'.padEnd(13))}${resource} ${lostWhen[policy] ?? ''}: ${why}`
    }),
  ]
}

/** What the template does not show and the change set does; that a function may change says nothing, so it is not said. */
function hostedLines({ hosted = [] }: StackPlan, longestName: number, { dim, yellow, red }: Paint): readonly string[] {
  return hosted.flatMap(({ resource, action }) => {
    if (action === 'change') return []
    const paint = isLoud(action) ? red : yellow
    const says = `CloudFormation ${action === 'add' ? 'adds' : 'deletes'} it: the function that rotates the secret`
    return [`  ${paint(called[action].padEnd(13))}${resource.padEnd(longestName)}  ${dim(`${hostedType}: ${says}`)}`]
  })
}

function sectionLine({ section, names }: SectionChange, { dim, yellow }: Paint): string {
  const what = names.length === 0 ? section : `${section.padEnd(34)}${dim(names.join(', '))}`
  return `  ${yellow(called.change.padEnd(13))}${what}`
}

function summaryOf(stacks: readonly StackPlan[]): string {
  if (stacks.every(isDeployed)) return 'nothing to change'
  const changes = stacks.flatMap((one) => one.changes)
  const { length: unseen } = stacks.filter(({ waitsFor }) => waitsFor)
  const { length: beside } = stacks.flatMap((one) => one.beside)
  const count = changes.length + beside
  const later = unseen === 0 ? [] : [`${unseen} ${unseen === 1 ? 'stack' : 'stacks'} NOT SHOWN yet`]
  if (count === 0) return later.join('')
  if (changes.length === 0)
    return ['no resource changes, only what the stack says of itself: a deployment writes that', ...later].join('; ')
  const loud = changes.filter(({ action }) => isLoud(action)).length
  const lost = changes.filter(({ noLongerKept }) => noLongerKept !== undefined).length
  return [
    `${count} ${count === 1 ? 'change' : 'changes'}`,
    loud === 0 ? 'none of them replaces or deletes anything' : `${loud} of them REPLACE OR DELETE something`,
    ...(lost === 0 ? [] : [`${lost} of them KEEP something NO LONGER`]),
    ...later,
  ].join('; ')
}

export function driftLine({ resource, how, properties }: Drift, { red }: Paint): string {
  return `  ${red(`${how} by hand`)}   ${resource}${properties.length === 0 ? '' : `: ${properties.join(', ')}`}`
}

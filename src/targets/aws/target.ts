import { exit, OperatorError } from '../../core/errors.ts'
import type { Planned, Report, Target, Wanted } from '../../core/target.ts'
import { deployStacks, settled } from './apply.ts'
import { withDataKept } from './change-set.ts'
import { chosenStacks, requireNamed, requireStacks } from './choose.ts'
import { outputsOf } from './describe-stack.ts'
import { type Compared, type Drift, driftOf } from './drift.ts'
import { requireConfirmed } from './for-good.ts'
import type { AwsInstance, Operator } from './instance.ts'
import { requireDataKept } from './keep-data.ts'
import { inOrder } from './order.ts'
import { MissingOutput } from './outputs.ts'
import type { Placed } from './place.ts'
import { type AwsPlan, isDeployed, planOf } from './plan.ts'
import { requireWhole } from './require-whole.ts'
import { requireNoneTakenBack } from './grown.ts'
import { driftLine, planLines } from './show-plan.ts'
import { statusOnAws, told } from './status.ts'
import { requireNoneTakenOver } from './taken-over.ts'
import { assertSame, readPlan } from './written-plan.ts'

/** An instance on AWS; `known`: its stacks, as far as they can be told before AWS is asked who we are. */
export function awsTarget(known: readonly Placed[], open: () => Promise<AwsInstance>, operator: Operator): Target {
  const { world, options } = operator
  return {
    plan: async (wanted) => {
      chosenStacks(known, wanted, 'plan')
      const { chosen, planned } = await plannedFor(await open(), wanted, 'plan')
      const drifts = options.drift ? (await driftsOf(planned, world)).flatMap((one) => one.drifts) : []
      return reported(planned, drifts, chosen)
    },
    apply: async (wanted, file) => {
      const isNothing = chosenStacks(known, wanted, 'deploy').length === 0
      return isNothing ? nothingToDeploy : apply(await open(), wanted, file, operator)
    },
    // Loaded when they are called: a plan has no use for the checks, nor for what deletes.
    verify: async (choose) => (await import('./verify.ts')).verifyOnAws(await open(), choose, world),
    status: async () => statusOnAws(await open()),
    doomed: async (named) => {
      requireStacks(known, named, 'destroy')
      return (await import('./destroy.ts')).doomedOnAws(await open(), named, operator)
    },
  }
}

async function plannedFor({ name, account, stacks }: AwsInstance, wanted: Wanted, verb: 'plan' | 'deploy') {
  const chosen = chosenStacks(stacks, wanted, verb)
  const planned: AwsPlan = { instance: name, account, stacks: [...(await planOf(chosen))] }
  return { chosen, planned }
}

const reported = (planned: AwsPlan, drifts: readonly Drift[], chosen: readonly Placed[]): Planned => ({
  json: { target: 'aws', ...planned, drifts },
  lines: (paint) => [
    ...planLines(planned, paint),
    ...explained(planned, chosen),
    ...drifts.map((one) => driftLine(one, paint)),
  ],
  code: exit.ok,
  file: planned,
})

/** Of stacks that are deployed as planned there is nothing to explain. */
const explained = ({ stacks }: AwsPlan, chosen: readonly Placed[]): readonly string[] =>
  chosen
    .filter(({ stack }) => stacks.some((one) => one.stack === stack && !isDeployed(one)))
    .flatMap(({ stack, explains }) => explains.map((line) => `  ${stack}: ${line}`))

/** What a hand changed of the stacks that are there. */
async function driftsOf({ stacks }: AwsPlan, world: Operator['world']) {
  return Promise.all(
    stacks.map(async (one) => ({ ...one, ...(one.before === null ? none : await driftOf(one, world)) })),
  )
}

const none: Compared = { drifts: [], grown: [] }

const nothing = (more: object, lines: readonly string[] = []): Report => ({
  json: { target: 'aws', changed: 0, ...more },
  lines: () => lines,
  code: exit.ok,
})
const nothingToDeploy = nothing({}, ['nothing to deploy: --skip leaves out all that there is on AWS'])

/** Deploys what the plan shows: the one in a file that was looked at before, or the one that is shown now and agreed to. */
async function apply(
  opened: AwsInstance,
  wanted: Wanted,
  file: string | undefined,
  { world, options, show, during, agreed, typed }: Operator,
): Promise<Report> {
  const { chosen, planned } = await plannedFor(opened, wanted, 'deploy')
  if (file !== undefined) assertSame(await readPlan(file), planned, file)
  if (file !== undefined && options.revertDrift) throw revertsMore(file)
  await requireWhole(planned.stacks)
  const steps = opened.documentSteps([...new Set(chosen.map(({ component }) => component))])
  const agreedTo = options.revertDrift
    ? await driftsOf(planned, world)
    : planned.stacks.map((one) => ({ ...one, drifts: [], grown: [] }))
  const drifts = agreedTo.flatMap((one) => one.drifts)
  show((paint) => reported(planned, drifts, chosen).lines(paint))
  requireNoneTakenBack(agreedTo, chosen)
  await requireNoneTakenOver(agreedTo, chosen)
  if (planned.stacks.every(isDeployed) && drifts.length === 0) {
    // One that was cut off while it waited is deployed, and may not serve yet.
    const notes = options.dryRun ? [] : await settled(chosen, during, world)
    return nothing({ ...planned, notes }, options.dryRun ? notes : [...steps, ...notes])
  }
  requireDataKept(planned.stacks, chosen, options.mayReplace)
  if (options.yes && file === undefined && wanted.named.length === 0) requireNamed(planned.stacks, chosen)
  await lookBefore(chosen, world)
  if (options.dryRun) return nothing(planned)
  // Who gives a plan has looked at it, unless --confirm says that somebody is to be asked.
  const asks = !options.yes && (file === undefined || options.confirm)
  await requireConfirmed(planned.stacks, chosen, { confirmed: options.forGood, asks, typed })
  if (asks && !(await agreed(question))) return { lines: () => [], code: exit.failed }
  const kept = withDataKept(agreedTo, chosen, options.mayReplace)
  const changed = await deployStacks(chosen, kept, during, world)
  const notes = await settled(chosen, during, world)
  const { json, rows, next } = await told(chosen)
  const lines = ['', ...steps, '', ...rows, ...next, ...notes.map((note) => `  ${note}`)]
  return { json: { target: 'aws', changed, ...json, notes }, lines: () => lines, code: exit.ok }
}

const question = {
  where: 'deploy',
  message: 'Deploy this?',
  inScripts: 'edge plan --target aws --out FILE, then edge deploy --target aws FILE; or --yes',
}

const revertsMore = (file: string): OperatorError =>
  new OperatorError(
    '--revert-drift',
    `does more than ${file} shows`,
    'edge plan --target aws --drift shows it; edge deploy --target aws --revert-drift',
    exit.usage,
  )

/** Throws OperatorError where a deployment would fail; what others that are not there yet answer is not looked at. */
async function lookBefore(chosen: readonly Placed[], world: Operator['world']): Promise<void> {
  const outputs = await outputsOf(inOrder(chosen.flatMap(({ needs }) => needs)))
  for (const placed of chosen) {
    const unseen = await placed.lookBefore(outputs, world).catch((error: unknown) => {
      if (error instanceof MissingOutput) return undefined
      throw error
    })
    if (unseen !== undefined) world.stderr.write(`${unseen}\n`)
  }
}

import { join } from 'node:path'
import { exit, machineError, OperatorError } from '../core/errors.ts'
import type { ComponentName } from '../core/guarantee.ts'
import type { Composed } from '../../infrastructure/compose.ts'
import { closure, without } from '../core/graph.ts'
import type { Plan } from '../core/plan.ts'
import { type BoundCheck, judgementFrom, verify } from '../core/verify.ts'
import type { Judgement } from '../core/check.ts'
import { certificateName } from '../targets/local/certificate.ts'
import { type Action, converge } from '../targets/local/converge.ts'
import { readText, writeAtomically } from '../targets/local/files.ts'
import { latestVerdicts, recordVerdicts } from '../agent/history.ts'
import { deployable } from './components.ts'
import type { ProgressScreen } from './screen/progress.ts'
import type { Session } from './session.ts'
import { movesOf } from '../../infrastructure/moves.ts'
import { Replacing } from '../../infrastructure/release/replacing.ts'

/** Components by name: those to bring up, and those that must not be touched even where the others stand on them. */
export type Choice = { readonly chosen: readonly ComponentName[]; readonly skipped: readonly ComponentName[] }

export const everything: Choice = { chosen: deployable, skipped: [] }

/**
 * What is done for a choice: the chosen components with what they stand on, but for what was skipped. The certificate is
 * the database's, too: an instance that skips its CDN would have none.
 */
export function partsOf({ plan, comesWith }: Pick<Composed, 'plan' | 'comesWith'>, { chosen, skipped }: Choice): Plan {
  const more = comesWith.flatMap(({ component, part }) =>
    chosen.includes(component) && standsOnNone(plan, part, skipped) ? [part] : [],
  )
  return without(
    closure(plan, ({ component, name }) => chosen.includes(component) || more.includes(name)),
    ({ component, name }) => skipped.includes(component) && name !== certificateName,
  )
}

/** Whether neither a part nor anything that it stands on is of a skipped component. */
const standsOnNone = (plan: Plan, part: string, skipped: Choice['skipped']): boolean =>
  !closure(plan, ({ name }) => name === part).some(({ component }) => skipped.includes(component))

/**
 * Brings the chosen components, and what they stand on, to what the configuration says; services that the
 * configuration no longer has are taken out, whatever was chosen. Answers what was done to each part.
 * Throws OperatorError, and touches nothing that runs, where an engine of a skipped component is needed and is down.
 */
export async function apply(session: Session, choice: Choice, screen: ProgressScreen): Promise<readonly Action[]> {
  const { instance, supervisor, world, composed } = session
  await requireSkipped(session, choice)
  await supervisor.start()
  const plan = partsOf(composed, choice)
  const known = new Set([...composed.plan.map((part) => part.name), ...composed.leavesInTurn])
  for (const name of await supervisor.services()) if (!known.has(name)) await supervisor.remove(name)
  await writePasswordFile(session)
  const moves = await movesOf(session, plan)
  for (const line of moves.says) screen.line(`  ${screen.paint.yellow('!')} ${line}`)
  const replacing = new Replacing(session, 'deploy', moves)
  try {
    return await converge(plan, { instance, supervisor, world, report: replacing.passesOn(screen.report) })
  } finally {
    await replacing.end(screen)
  }
}

export async function writePasswordFile({
  instance,
  composed: { passwordFile },
}: Pick<Session, 'instance' | 'composed'>): Promise<void> {
  const path = passwordFileOf(instance.state)
  if ((await readText(path)) !== passwordFile) await writeAtomically(path, passwordFile)
}

async function requireSkipped({ composed, supervisor }: Session, { chosen, skipped }: Choice): Promise<void> {
  for (const part of closure(composed.plan, ({ component }) => chosen.includes(component))) {
    if (part.kind !== 'engine' || !skipped.includes(part.component)) continue
    if ((await supervisor.status(part.name)).up) continue
    throw new OperatorError(
      part.component,
      `is skipped, and ${chosen.join(', ')} cannot do without its ${part.name}, which does not run`,
      `edge deploy ${part.component}`,
      exit.usage,
    )
  }
}

/** A libpq password file for the addresses that `edge status` shows. */
export const passwordFileOf = (state: string): string => join(state, 'secrets', 'pgpass')

/** A check that takes longer is not made again at once where nothing was changed. */
const quickMs = 400
/** So long a kept verdict of a slow check stays valid, where nothing was changed. */
const standsForMs = 15 * 60_000

/**
 * Verifies an instance that nothing was done to: quick checks are made, slow ones keep the verdict that they had if it
 * is young, was good, and is of the release that is live.
 */
export async function verifyUnchanged(session: Session, screen: ProgressScreen): Promise<readonly Judgement[]> {
  const { composed, instance, world } = session
  const before = new Map((await latestVerdicts(instance.state)).map((verdict) => [verdict.id, verdict]))
  const switched = (await composed.switchedAt()) ?? Number.NaN
  const unchanged = composed.checks.flatMap(({ guarantee }) => {
    const last = before.get(guarantee.id)
    if (last?.verdict !== 'kept' || last.ms < quickMs) return []
    // It was measured on the release before.
    if (Date.parse(last.measuredAt) <= switched) return []
    const age = world.now().getTime() - Date.parse(last.measuredAt)
    // Of tomorrow, by a clock that was set back since, it says nothing.
    return age >= 0 && age < standsForMs ? [judgementFrom(last, guarantee)] : []
  })
  const skipped = new Set(unchanged.map(({ guarantee }) => guarantee.id))
  const made = await verifyAndRecord(
    session,
    composed.checks.filter(({ guarantee }) => !skipped.has(guarantee.id)),
    screen,
  )
  const all = new Map([...made, ...unchanged].map((judgement) => [judgement.guarantee.id, judgement]))
  return composed.checks.flatMap(({ guarantee }) => all.get(guarantee.id) ?? [])
}

const isBroken = ({ verdict }: Judgement): boolean => verdict.is === 'broken'

function shownVerdicts(all: readonly Judgement[]): string {
  if (all.length === 0) return 'nothing is promised of it'
  const broken = all.filter(isBroken).length
  return `${all.length} looked at${broken === 0 ? '' : `, ${broken} broken`}`
}

/** Runs checks with a live line, and writes the verdicts into the instance's history. */
export async function verifyAndRecord(
  session: Session,
  checks: readonly BoundCheck[],
  screen: ProgressScreen,
): Promise<readonly Judgement[]> {
  const judgements = await screen.during(
    'verify',
    (task) => verify(checks, session.world, (_, done) => task.say(`${done} of ${checks.length}`)),
    shownVerdicts,
    (all) => !all.some(isBroken),
  )
  const promised = new Set<string>(session.composed.checks.map(({ guarantee }) => guarantee.id))
  await recordVerdicts(session.instance.state, judgements, session.world.now(), promised).catch((error: unknown) => {
    // On a full disk the verdicts are what the operator needs most.
    const known = error instanceof OperatorError ? error : machineError(error)
    if (!known) throw error
    session.world.stderr.write(`the verdicts could not be written down: ${known.where}: ${known.message}\n`)
  })
  return judgements
}

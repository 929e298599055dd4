import { join } from 'node:path'
import type { ComponentName } from '../core/guarantee.ts'
import { closure } from '../core/graph.ts'
import { type BoundCheck, verify } from '../core/verify.ts'
import type { Judgement } from '../core/check.ts'
import { type Action, converge } from '../targets/local/converge.ts'
import { readText, writeAtomically } from '../targets/local/files.ts'
import { recordVerdicts } from '../agent/history.ts'
import type { ProgressScreen } from './screen/progress.ts'
import type { Session } from './session.ts'

/**
 * Brings the chosen components, and what they stand on, to what the configuration says. With all of them chosen,
 * services that the configuration no longer has are taken out. Answers what was done to each part.
 */
export async function apply(
  session: Session,
  chosen: (component: ComponentName) => boolean,
  screen: ProgressScreen,
): Promise<readonly Action[]> {
  const { instance, supervisor, world, composed } = session
  await supervisor.start()
  const plan = closure(composed.plan, (part) => chosen(part.component))
  const known = new Set(composed.plan.map((part) => part.name))
  for (const name of await supervisor.services()) if (!known.has(name)) await supervisor.remove(name)
  const passwordFile = passwordFileOf(instance.state)
  if ((await readText(passwordFile)) !== composed.passwordFile)
    await writeAtomically(passwordFile, composed.passwordFile)
  return converge(plan, { instance, supervisor, world, report: screen.report })
}

/** A libpq password file for the addresses that `edge status` shows. */
export const passwordFileOf = (state: string): string => join(state, 'secrets', 'pgpass')

/** Runs checks with a live line, and writes the verdicts into the instance's history. */
export async function verifyAndRecord(
  session: Session,
  checks: readonly BoundCheck[],
  screen: ProgressScreen,
): Promise<readonly Judgement[]> {
  const judgements = await screen.during(
    'verify',
    (task) => verify(checks, session.world, (_, done) => task.say(`${done} of ${checks.length}`)),
    (all) => `${all.length} of ${all.length}`,
  )
  await recordVerdicts(session.instance.state, judgements, session.world.now())
  return judgements
}

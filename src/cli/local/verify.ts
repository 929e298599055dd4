import type { Choose, Paint, Verified } from '../../core/target.ts'
import type { BoundCheck } from '../../core/verify.ts'
import type { World } from '../../core/world.ts'
import { isAsConfigured } from '../../targets/local/converge.ts'
import { verifyAndRecord } from '../apply.ts'
import { ProgressScreen } from '../screen/progress.ts'
import { style } from '../screen/style.ts'
import { openExisting, type Session } from '../session.ts'

/** Judges what runs, writes the verdicts down, and says what is down. */
export async function verify(
  world: World,
  choose: Choose,
  options: Readonly<Record<string, unknown>>,
): Promise<Verified> {
  const session = await openExisting(world, options)
  const checks = choose(session.composed.checks)
  // The live line goes to stderr, so that a pipe gets the table alone.
  const screen = new ProgressScreen(world.stderr, { silent: options['json'] === true || !world.stderr.isTTY })
  try {
    const judgements = await verifyAndRecord(session, checks, screen)
    const down = await enginesDown(session, checks)
    const amiss = options['json'] === true ? [] : await whatIsAmiss(session, down, style(world.stdout))
    return { judgements, lines: () => amiss, isDown: down.size > 0 }
  } finally {
    screen.close()
  }
}

/** The engines of the components that are looked at which do not run, and how each ended where that is known. */
async function enginesDown(
  { composed, supervisor }: Session,
  checks: readonly BoundCheck[],
): Promise<ReadonlyMap<string, string>> {
  const components = new Set(checks.map(({ guarantee }) => guarantee.component))
  const down = new Map<string, string>()
  for (const part of composed.plan) {
    if (part.kind !== 'engine' || !components.has(part.component)) continue
    const { up, restarts } = await supervisor.status(part.name)
    if (up) continue
    const how = await supervisor.lastEnd(part.name)
    down.set(part.name, how === undefined ? '' : ` (it ended ${how}; ${restarts} restarts)`)
  }
  return down
}

/**
 * One engine that is down breaks many promises: that is said first, and once. One whose files a hand has changed may
 * keep them all, until it reads them.
 */
async function whatIsAmiss(
  session: Session,
  down: ReadonlyMap<string, string>,
  { red, yellow }: Paint,
): Promise<readonly string[]> {
  const lines = [...down].map(
    ([name, how]) => `${red('✗')} ${name} is down${how}: edge logs ${name} says more; edge deploy starts it`,
  )
  for (const part of session.composed.plan) {
    if (part.kind !== 'engine' || down.has(part.name) || (await isAsConfigured(part, session))) continue
    const { up } = await session.supervisor.status(part.name)
    lines.push(
      up
        ? `${yellow('!')} ${part.name} does not have the files that it is configured to have: edge plan says which`
        : `${red('✗')} ${part.name} is down: edge logs ${part.name} says why; edge deploy starts it`,
    )
  }
  return lines.flatMap((line) => ['', `  ${line}`])
}

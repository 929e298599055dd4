import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { boundariesOf, type Ruled } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { type Duration, seconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { drillNameOf } from './drill-name.ts'
import type { Running } from './endpoint.ts'
import { figureAt } from './figures.ts'
import { isScaled, runningRules } from './running-rules.ts'
import { ruleOf, rulesFile, scaledLabel, windowOf } from './render-rules.ts'

const loadedWithinMs = 30_000

const fileOf = ({ drillRules }: Running): string => join(drillRules, 'scaled.yml')

/** A window of a young instance is full by then. */
const measuredWithinMs = 90_000

/** What an alarm looks at, as Prometheus has it now. Throws OperatorError where it has none. */
export async function figureOfNow(
  { prometheus, tls }: Running,
  { name, local, period }: Ruled,
  world: Pick<World, 'sleep'>,
): Promise<number> {
  const deadline = performance.now() + measuredWithinMs
  for (;;) {
    const figure = await figureAt(prometheus, tls, local.expression(windowOf(period)))
    if (figure !== undefined && Number.isFinite(figure)) return figure
    if (performance.now() > deadline)
      throw new OperatorError(`drill ${drillNameOf(name)}`, 'nothing is measured that it could go beyond', [
        'edge verify monitoring says what is away',
      ])
    await world.sleep(1000)
  }
}

/**
 * Has an alarm ring at another boundary as well, by a rule of its own that is the same but for that: same figure, same way to
 * whoever is told, and the same waiting unless the cause says that nobody waits for so long.
 */
export async function ringAt(
  running: Running,
  alarm: Ruled,
  at: number,
  waits: Duration | undefined,
  world: World,
): Promise<void> {
  const [boundary] = boundariesOf(alarm, alarm.local.unit).slice(-1)
  if (!boundary) throw new Error(`${alarm.id} has no boundary`)
  const { annotations, ...rule } = ruleOf(alarm, [{ ...boundary, at }])
  const lasts = waits ? seconds(waits) : rule.for
  const says = `A drill, at a boundary of ${at}: ${annotations['says'] ?? ''}`
  const means = `A drill, at a boundary of ${at} and not at the configured one. ${annotations['means'] ?? ''}`
  await makePrivateDirectory(running.drillRules)
  await writeAtomically(
    fileOf(running),
    rulesFile([
      { ...rule, for: lasts, annotations: { ...annotations, says, means }, labels: { [scaledLabel]: 'true' } },
    ]),
  )
  await running.reload(world)
  const deadline = performance.now() + loadedWithinMs
  while (!(await runningRules(running)).some((one) => one.name === alarm.name && isScaled(one))) {
    if (performance.now() > deadline)
      throw new OperatorError(`drill ${drillNameOf(alarm.name)}`, 'Prometheus does not take up its rule', [
        'edge logs prometheus',
      ])
    await world.sleep(250)
  }
}

/** Nothing rings at another boundary any more; changes nothing where there is none. */
export async function dropScaled(running: Running, world: World): Promise<void> {
  if ((await readText(fileOf(running))) === undefined) return
  await rm(fileOf(running), { force: true })
  await running.reload(world)
}

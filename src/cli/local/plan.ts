import { exit } from '../../core/errors.ts'
import type { Planned, Wanted } from '../../core/target.ts'
import type { World } from '../../core/world.ts'
import { preview } from '../../targets/local/converge.ts'
import { adviceJson, adviceLines } from '../advice.ts'
import { type Choice, partsOf } from '../apply.ts'
import { deployable } from '../components.ts'
import { openToPlan } from '../session.ts'

/** The components that a command line means: all where it names none. */
export const choiceOf = ({ named, skipped }: Wanted): Choice => ({
  chosen: (named.length > 0 ? named : deployable).filter((name) => !skipped.includes(name)),
  skipped,
})

/** What deploying these components would change; none of them is none, and not all. */
export async function planOf(
  world: World,
  choice: Choice,
  options: Readonly<Record<string, unknown>>,
): Promise<Planned> {
  const session = await openToPlan(world, options)
  const { composed, instance, supervisor } = session
  const parts = partsOf(composed, choice)
  const converger = { instance, supervisor, world: session.world, report: () => undefined }
  const rows = await preview(parts, converger)
  const changes = rows.filter(({ action }) => action !== 'keep')
  const changed = changes.map(({ part: { name, component }, action, why }) => ({ name, component, action, why }))
  return {
    json: { instance: instance.name, target: 'local', changes: changed, ...adviceJson(composed) },
    lines: ({ dim, yellow }) => [
      ...rows.map(({ part, action, why }) => {
        const sign = action === 'keep' ? dim('=') : yellow('~')
        const name = part.kind === 'step' ? part.title : part.name
        return `  ${sign} ${name.padEnd(18)}${action.padEnd(10)}${dim(why)}`
      }),
      ...(composed.callsNode ? [dim(`    'node' in commands is ${instance.appNode}`)] : []),
      ...adviceLines(composed, yellow),
      '',
      changes.length === 0
        ? 'nothing to change'
        : `${changes.length} of ${rows.length} would change; ${commandFor(choice)} does it`,
    ],
    code: exit.ok,
  }
}

function commandFor({ chosen, skipped }: Choice): string {
  if (deployable.every((name) => chosen.includes(name))) return 'edge up'
  return `edge deploy ${chosen.join(' ')}${skipped.length > 0 ? ` --skip ${skipped.join(' ')}` : ''}`
}

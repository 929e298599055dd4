import { callsNode } from '../../infrastructure/app/settings.ts'
import { exit, type ExitCode } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { preview } from '../targets/local/converge.ts'
import { type Choice, partsOf } from './apply.ts'
import { componentsNamed, deployable } from './components.ts'
import { style } from './screen/style.ts'
import { openToPlan } from './session.ts'
import type { VerbRun } from '../core/verb.ts'

export const plan: VerbRun = async (world, positional, options) => {
  const named = componentsNamed(positional)
  return showPlan(world, named.length > 0 ? { chosen: named, skipped: [] } : everything, options)
}

export const everything: Choice = { chosen: deployable, skipped: [] }

/** Shows what deploying these components would change; none of them is none, and not all. */
export async function showPlan(
  world: World,
  choice: Choice,
  options: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const session = await openToPlan(world, options)
  const { composed, instance, supervisor } = session
  const parts = partsOf(composed.plan, choice)
  const converger = { instance, supervisor, world: session.world, report: () => undefined }
  const rows = await preview(parts, converger)
  const changes = rows.filter(({ action }) => action !== 'keep')
  if (options['json'] === true) {
    const changed = changes.map(({ part, action, why }) => ({
      name: part.name,
      component: part.component,
      action,
      why,
    }))
    world.stdout.write(
      `${JSON.stringify({ instance: instance.name, target: 'local', changes: changed }, undefined, 2)}\n`,
    )
    return exit.ok
  }
  const { dim, yellow } = style(world.stdout)
  for (const { part, action, why } of rows) {
    const sign = action === 'keep' ? dim('=') : yellow('~')
    const name = part.kind === 'step' ? part.title : part.name
    world.stdout.write(`  ${sign} ${name.padEnd(18)}${action.padEnd(10)}${dim(why)}\n`)
  }
  if (callsNode(session.configuration.site)) world.stdout.write(dim(`    'node' in commands is ${instance.appNode}\n`))
  const count = changes.length
  const { chosen, skipped } = choice
  const isAll = deployable.every((name) => chosen.includes(name))
  const skip = skipped.length > 0 ? ` --skip ${skipped.join(' ')}` : ''
  const command = isAll ? 'edge up' : `edge deploy ${chosen.join(' ')}${skip}`
  world.stdout.write(
    count === 0 ? '\nnothing to change\n' : `\n${count} of ${rows.length} would change; ${command} does it\n`,
  )
  return exit.ok
}

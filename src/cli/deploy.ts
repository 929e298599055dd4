import { resolve } from 'node:path'
import { exit, OperatorError } from '../core/errors.ts'
import { componentsNamed } from './components.ts'
import { report } from './report.ts'
import { openTarget } from './target.ts'
import type { VerbRun } from '../core/verb.ts'
import { words } from '../core/options.ts'

/** Brings what runs to what the configuration says; on AWS also to what the plan in a file says, and no further. */
export const deploy: VerbRun = async (world, positional, options) => {
  const given = words(positional)
  // A component has neither of these in its name.
  const [file, ...more] = options['target'] === 'aws' ? given.filter((word) => /[./]/.test(word)) : []
  if (more.length > 0) {
    throw new OperatorError(
      'deploy',
      `takes one plan (got ${given.join(' ')})`,
      'edge deploy plan.json --target aws',
      exit.usage,
    )
  }
  const named = componentsNamed(given.filter((word) => word !== file))
  const wanted = { named, skipped: componentsNamed(options['skip']) }
  const target = await openTarget(world, options)
  return report(await target.apply(wanted, file === undefined ? undefined : resolve(world.cwd, file)), world, options)
}

import { askForName } from './ask.ts'
import { openTarget } from './target.ts'
import { report } from './report.ts'
import type { VerbRun } from './verb.ts'

/** Deletes an instance, after it was said what that means, and asked. */
export const destroy: VerbRun = async (world, _positional, options) => {
  const target = await openTarget(world, options)
  const doomed = await target.doomed()
  if (options['dryRun'] === true) return report(doomed, world, options)
  if (options['json'] !== true) report(doomed, world, options)
  if (options['yes'] !== true) await askForName(doomed.name, world, doomed.inScripts)
  return report(await doomed.destroy(), world, options)
}

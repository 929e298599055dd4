import { report } from './report.ts'
import { openTarget } from './target.ts'
import type { VerbRun } from './verb.ts'

/** What runs, and where it answers. */
export const status: VerbRun = async (world, _positional, options) =>
  report(await (await openTarget(world, options)).status(), world, options)

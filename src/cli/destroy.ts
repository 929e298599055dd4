import { exit, OperatorError } from '../core/errors.ts'
import { askForName } from './ask.ts'
import { componentsNamed } from './components.ts'
import { openTarget } from './target.ts'
import { report } from './report.ts'
import type { VerbRun } from '../core/verb.ts'

/** Deletes an instance, on AWS also single components of it, after it was said what that means, and asked. */
export const destroy: VerbRun = async (world, positional, options) => {
  const named = componentsNamed(positional)
  if (named.length > 0 && options['target'] !== 'aws') throw notInParts(named)
  const target = await openTarget(world, options)
  const doomed = await target.doomed(named)
  if (options['dryRun'] === true) return report(doomed, world, options)
  if (options['json'] !== true) report(doomed, world, options)
  if (options['yes'] !== true) {
    const { name, inScripts } = doomed
    const message = `Type the instance's name (${name}) to delete it:`
    await askForName({ where: 'destroy', name, message, otherwise: 'nothing was deleted', inScripts }, world)
  }
  return report(await doomed.destroy(), world, options)
}

const notInParts = (named: readonly string[]): OperatorError =>
  new OperatorError(
    'destroy',
    `takes no component on this machine (got ${named.join(', ')})`,
    'edge destroy deletes the whole instance; nothing was deleted',
    exit.usage,
  )

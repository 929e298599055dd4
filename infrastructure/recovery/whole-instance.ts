import type { Options } from '../../src/core/options.ts'
import type { VerbRun } from '../../src/core/verb.ts'

/**
 * What of a room's verb needs more than the room: the plan of the whole instance, or the file of the configuration.
 * Undefined for all else, which the room does itself.
 */
export async function wholeInstanceVerb(
  name: string,
  [action]: readonly unknown[],
  options: Options,
): Promise<VerbRun | undefined> {
  if (name === 'restore' && options['replace'] === true) return (await import('./restore-in-place.ts')).restoreInPlace
  if (name === 'backup' && action === 'recovery-sheet') return (await import('./recovery-sheet.ts')).recoverySheet
  return undefined
}

import { OperatorError } from '../../core/errors.ts'
import type { Compared } from './drift.ts'
import type { Placed } from './place.ts'

type Reverted = Compared & { readonly stack: string; readonly component?: string | undefined }

/**
 * Throws OperatorError where storage that has grown would be put back with what a hand changed: CloudFormation puts back
 * a stack as a whole, RDS makes no storage smaller, and all of it would be rolled back.
 */
export function requireNoneTakenBack(
  stacks: readonly Reverted[],
  placed: readonly Pick<Placed, 'stack' | 'storage'>[],
): void {
  for (const { stack, component, drifts, grown } of stacks) {
    const wanted = placed.find((one) => one.stack === stack)?.storage
    const more = grown.find(({ gibibytes }) => gibibytes > (wanted?.gibibytes ?? 0))
    if (drifts.length === 0 || more === undefined) continue
    const has = `${more.gibibytes} GB`
    throw new OperatorError(
      stack,
      `the storage of ${more.resource} has grown to ${has}: it would be put back with the rest, and RDS makes none smaller`,
      [
        'nothing was deployed',
        `${wanted ? `${wanted.field}: '${has}'` : `storage of ${has}`} in the configuration leaves it as it is; then edge deploy ${component ?? ''} --target aws --revert-drift again`,
      ],
    )
  }
}

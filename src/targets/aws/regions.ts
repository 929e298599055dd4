import { RegionInfo } from 'aws-cdk-lib/region-info'
import { exit, OperatorError } from '../../core/errors.ts'
import { nearest } from '../../core/nearest.ts'

/**
 * Throws OperatorError (exit 2) for what is written like a region and is none: no server has its name, and all that could
 * be said later is that nobody answers.
 */
export function requireRegions(given: { readonly region: string; readonly copies: string | false }): void {
  const known = RegionInfo.regions.filter(({ partition }) => partition === 'aws').map(({ name }) => name)
  for (const [field, value] of Object.entries(given)) {
    if (typeof value !== 'string' || known.includes(value)) continue
    const near = nearest(value, known)
    const guess = near === undefined ? [] : [`did you mean '${near}'?`]
    const hints = [...guess, `known: ${known.join(', ')}`]
    throw new OperatorError(`aws.${field}`, `is no region of AWS (got '${value}')`, hints, exit.usage)
  }
}

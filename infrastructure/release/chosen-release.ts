import type { Release } from '../cdn/releases/release.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'

/** The release that the operator means. Throws OperatorError (exit 2) where it is none, several, or the live one. */
export function chosen(
  releases: readonly Release[],
  live: Release | undefined,
  before: Release | undefined,
  named: string | undefined,
): Release {
  if (named === undefined) {
    if (before) return before
    if (!live && releases.length > 0)
      throw new OperatorError('rollback', 'which release is live cannot be read', [
        'edge releases lists those that are whole',
        'edge rollback RELEASE takes one of them',
      ])
    throw new OperatorError('rollback', 'there is no release before this one', 'edge releases lists them', exit.usage)
  }
  const matching = releases.filter(({ id }) => id.startsWith(named))
  const [found, another] = matching
  if (!found)
    throw new OperatorError('rollback', `there is no release "${named}"`, 'edge releases lists them', exit.usage)
  if (another) {
    const ids = matching.map(({ id }) => id).join(', ')
    throw new OperatorError('rollback', `"${named}" may be any of ${ids}`, 'write more of it', exit.usage)
  }
  if (found.id === live?.id) throw new OperatorError('rollback', `${found.id} is live already`, [], exit.usage)
  return found
}

import { type Release, releaseBefore } from '../cdn/releases/release.ts'
import type { Store, Switch } from '../cdn/releases/store.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'

/**
 * Where a rollback without a name leads after a switch that was cut off: over a publication back to the live release,
 * and over a rollback on to where that one went. The live one is what it was to get rid of.
 */
const afterCutOff = ({ to, how }: Switch, all: readonly Release[], live: Release | undefined): Release | undefined =>
  how === 'rollback' ? all.find(({ id }) => id === to) : live

/** What a rollback is to make live, by what the operator named, and what is live. */
export async function choose(
  store: Store,
  named: string | undefined,
): Promise<{ readonly wanted: Release; readonly live: Release | undefined }> {
  const [all, live, history, cutOff] = await Promise.all([
    store.releases(),
    store.live(),
    store.flips(),
    store.cutOff(),
  ])
  // While another one is being made live, visitors may not have the live one, and it may be named.
  const wanted = cutOff
    ? chosen(all, undefined, afterCutOff(cutOff, all, live), named)
    : chosen(all, live, releaseBefore(all, live, history), named)
  return { wanted, live }
}

/** The release that the operator means. Throws OperatorError (exit 2) where it is none, several, or the live one. */
function chosen(
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

import { exit, OperatorError } from '../../core/errors.ts'
import { words } from '../components.ts'
import { showReleases } from '../releases.ts'
import type { VerbRun } from '../verbs.ts'
import { openSite } from './site.ts'

/** Lists what was published. */
export const releases: VerbRun = async (world, positional, options) => {
  if (words(positional).length > 0) {
    throw new OperatorError('releases', 'on AWS they can only be listed yet', 'edge releases --target aws', exit.usage)
  }
  const { site } = await openSite(world, options)
  try {
    const { store } = site
    const [all, live, history] = await Promise.all([store.releases(), store.live(), store.flips()])
    return showReleases({ all, live, history }, world, options)
  } finally {
    site.store.close()
  }
}

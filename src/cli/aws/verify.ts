import type { CdnEndpoint } from '../../../infrastructure/cdn/local.ts'
import { cdnComponent } from '../../../infrastructure/cdn/component.ts'
import { bind, verify as judge } from '../../core/verify.ts'
import { words } from '../components.ts'
import { chosenChecks, showJudgements } from '../verify.ts'
import { notOfOneMachine } from '../verify-url.ts'
import type { VerbRun } from '../verbs.ts'
import { openSite } from './site.ts'

/** The same checks as on one machine, asked of the site on AWS. */
export const verify: VerbRun = async (world, positional, options) => {
  const { site, address, configuration } = await openSite(world, options)
  const { api } = configuration.site
  const url = new URL(address)
  const endpoint: CdnEndpoint = {
    https: url.origin,
    http: `http://${url.hostname}`,
    domain: url.hostname,
    ...(api ? { api: { health: api.health } } : {}),
    published: () => site.store.live(),
  }
  try {
    const bound = bind(cdnComponent.guarantees, cdnComponent.checks, endpoint)
    return showJudgements(
      await judge(chosenChecks(bound.map(notOfOneMachine), words(positional)), world),
      world,
      options,
    )
  } finally {
    site.store.close()
  }
}

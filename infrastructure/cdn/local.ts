import { join } from 'node:path'
import type { Local } from '../../src/core/component.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Step } from '../../src/core/plan.ts'
import { withLowPorts } from '../../src/targets/local/low-ports.ts'
import { nginx, nginxDirectories } from '../../src/engines/nginx.ts'
import { liveRelease } from './releases/layout.ts'
import { acmeStep, placeholderStep } from './certificate-steps.ts'
import type { OnThisMachine } from './endpoint.ts'
import { withSite } from './fetch.ts'
import { cachesProblem, purgeCaches, purgeDamaged, warm } from './releases/caches.ts'
import type { Edge } from './releases/publish.ts'
import { releaseStep } from './release-step.ts'
import type { CdnNeeds } from './needs.ts'
import { nginxConfiguration } from './render-nginx.ts'
import { isOfApi } from './routing.ts'
import type { CdnSettings } from './settings.ts'
import { loopback, siteOf } from './site.ts'

export type CdnProvides = {
  readonly https: string
  readonly http: string
  readonly ready: readonly string[]
  /** What is live, for telling which measurement belongs to it. */
  readonly release: () => Promise<string | undefined>
}

/** nginx in front of the app, serving a release of the static site and passing the API through. */
export function local(instance: Instance, settings: CdnSettings, needs: CdnNeeds): Local<OnThisMachine, CdnProvides> {
  const { domain, tls, journey, app } = needs
  const { https, http, site, edge } = siteOf(instance, { domain, tls })
  const { sockets } = edge
  const release = async () => (await liveRelease(site))?.id
  const server = nginx(
    instance,
    nginxConfiguration(instance, settings, needs),
    // Whoever orders one has nginx read it; both would be one time too many.
    tls.acme ? [] : [tls.certificate],
    [tls.acme ? 'placeholder' : 'certificate', 'release', ...app.ready],
  )
  return {
    plan: [
      releaseStep(app, site, settings, edge),
      server,
      cachesStep(site, edge, tls.acme ? ['acme'] : ['nginx']),
      ...(tls.acme ? [placeholderStep(instance), acmeStep(instance, tls.acme, domain, server)] : []),
    ],
    provides: { https, http, ready: ['nginx'], release },
    endpoint: {
      on: 'this machine',
      https,
      http,
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      domain,
      settings,
      renewal: tls.renewal,
      connectTo: loopback,
      ...(app.api ? { api: { health: app.api.health, journey } } : {}),
      routes: journey.filter((path) => !isOfApi(path)),
      published: () => liveRelease(site),
      machine: {
        site,
        apiDamage: needs.apiDamage,
        takenSince: needs.takenSince,
        agentRuns: needs.agentRuns,
        tls,
        sockets,
        pidFile: nginxDirectories(instance).pid,
        configuration: join(nginxDirectories(instance).home, 'nginx.conf'),
        loadTestAgent: needs.loadTestAgent,
        logs: join(instance.state, 'logs', 'nginx'),
        asNginx: (command) => withLowPorts(instance, command),
        publicPorts: [instance.ports.http, instance.ports.https],
      },
    },
  }
}

/** What a release that went live without nginx, or a run that was killed, left in the caches. */
function cachesStep(site: string, edge: Edge, after: readonly string[]): Step {
  return {
    kind: 'step',
    name: 'caches',
    component: 'cdn',
    title: 'caches',
    after,
    observe: async () => {
      const missing = await withSite(edge.endpoint, (client) => cachesProblem(site, client))
      return missing === undefined ? 'done' : { missing }
    },
    ensure: async () => {
      await purgeCaches(site, edge.sockets)
      const live = await liveRelease(site)
      if (!live) return
      await withSite(edge.endpoint, async (client) => {
        await purgeDamaged(site, client, live, edge.sockets)
        await warm(site, client, live)
      })
    },
  }
}

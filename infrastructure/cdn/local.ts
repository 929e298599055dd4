import { join } from 'node:path'
import type { Local } from '../../src/core/component.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Step } from '../../src/core/plan.ts'
import { nginx } from '../../src/engines/nginx.ts'
import { damageOf, fingerprintOf, liveRelease, publish, readTree } from './release.ts'
import { type CdnNeeds, nginxConfiguration } from './render-nginx.ts'
import type { CdnSettings } from './settings.ts'

/** What the checks look at: the addresses of the site, and what was published there. */
export type CdnEndpoint = {
  readonly https: string
  readonly http: string
  /** Path of the certificate authority that is trusted beside the system's own; none for a public site. */
  readonly ca?: string
  readonly domain: string
  /** Where the API says that it is there; undefined where the site has none. */
  readonly api?: { readonly health: string }
  /** What was published last: URL path → SHA-256 of the body; undefined for a site that somebody else deployed. */
  readonly published?: () => Promise<
    { readonly id: string; readonly files: Readonly<Record<string, string>> } | undefined
  >
}

export type CdnProvides = {
  readonly https: string
  readonly http: string
  readonly ca: string
  readonly ready: readonly string[]
  /** What is live, for telling which measurement belongs to it. */
  readonly release: () => Promise<string | undefined>
}

/** nginx in front of the app, serving a release of the static site and passing the API through. */
export function local(instance: Instance, settings: CdnSettings, needs: CdnNeeds): Local<CdnEndpoint, CdnProvides> {
  const site = join(instance.state, 'site')
  const https = `https://${needs.domain}${instance.ports.https === 443 ? '' : `:${instance.ports.https}`}`
  const http = `http://${needs.domain}${instance.ports.http === 80 ? '' : `:${instance.ports.http}`}`
  const release = async () => (await liveRelease(site))?.id
  return {
    plan: [
      releaseStep(needs.app.static.directory, needs.app.static.after, site),
      nginx(
        instance,
        nginxConfiguration(instance, settings, needs),
        [needs.tls.certificate],
        ['certificate', 'release', ...needs.app.ready],
      ),
    ],
    provides: { https, http, ca: needs.tls.ca, ready: ['nginx'], release },
    endpoint: {
      https,
      http,
      ca: needs.tls.ca,
      domain: needs.domain,
      ...(needs.app.api ? { api: { health: needs.app.api.health } } : {}),
      published: () => liveRelease(site),
    },
  }
}

function releaseStep(folder: string, after: readonly string[], site: string): Step {
  return {
    kind: 'step',
    name: 'release',
    component: 'cdn',
    title: 'release',
    after,
    observe: async () => {
      const live = await liveRelease(site)
      if (!live) return { missing: 'nothing was published yet' }
      if (live.fingerprint !== fingerprintOf(await readTree(folder)))
        return { missing: `${live.id} is not what was built` }
      const damage = await damageOf(site, live)
      return damage === undefined ? 'done' : { missing: `${live.id}: ${damage}` }
    },
    ensure: async (world) => {
      await publish(folder, site, world.now())
    },
    detail: async () => {
      const live = await liveRelease(site)
      return live ? `${live.id} live, ${Object.keys(live.files).length} files` : ''
    },
  }
}

import type { World } from '../../../src/core/world.ts'
import { emulatorOf } from '../../../src/targets/aws/on-emulator.ts'
import type { OnAws } from '../endpoint.ts'
import { isOfApi } from '../routing.ts'
import type { CdnSettings } from '../settings.ts'
import type { DeployedSite } from './outputs.ts'
import { type DnsRecord, type Reached, reached, recordInWords } from './own-name.ts'
import type { SiteStore } from './site-store.ts'

/** What visitors ask of the site beside its files, for the checks. */
export type Visitors = {
  /** Where the API says that it is there; undefined where the site has none. */
  readonly health: string | undefined
  /** Paths that they get. */
  readonly journey: readonly string[]
}

type Site = Pick<DeployedSite, 'address'> & { readonly store: SiteStore; readonly region: string }

/** What the checks look at, from outside: the site's address, what it is configured to do, and what was published. */
export function endpointOf(
  { store, address, region }: Site,
  settings: CdnSettings,
  { health, journey }: Visitors,
  world: Pick<World, 'env'>,
): OnAws {
  const { origin, hostname } = new URL(address)
  const endpoint: OnAws = {
    on: 'aws',
    https: origin,
    http: `http://${hostname}`,
    domain: hostname,
    ...(health === undefined ? {} : { api: { health, journey } }),
    routes: journey.filter((path) => !isOfApi(path)),
    settings,
    store: {
      address: `https://${store.bucket}.s3.${region}.amazonaws.com/`,
      releases: () => store.releases(),
    },
    published: () => store.live(),
  }
  const emulator = emulatorOf(world)
  return emulator === undefined ? endpoint : endpointOn(emulator, endpoint)
}

/** The site on an emulator: it answers there alone, by the site's name, and without TLS. No name server is asked. */
function endpointOn(emulator: URL, site: OnAws): OnAws {
  const address = `http://${site.domain}:${emulator.port || '80'}`
  return { ...site, https: address, http: address, connectTo: addressOf(emulator), headers: toldOfTls }
}

const toldOfTls = { 'x-forwarded-proto': 'https' }
const addressOf = ({ hostname }: URL): string => (hostname === 'localhost' ? '127.0.0.1' : hostname)

/** A site as it can be seen from outside: where its name does not lead there yet, past that, which is said. */
export async function seenFromOutside(
  endpoint: OnAws,
  record: DnsRecord | undefined,
  world: Pick<World, 'stderr'>,
): Promise<Reached> {
  const found = await reached(endpoint, record)
  if (found.missing) sayWhatIsMissing(found.missing, world)
  return found
}

function sayWhatIsMissing(missing: DnsRecord, { stderr }: Pick<World, 'stderr'>): void {
  const { name, value } = missing
  stderr.write(`${name} is not answered by CloudFront yet: ${value} is looked at in its place\n`)
  stderr.write(`  its DNS needs: ${recordInWords(missing)}\n`)
}

/** What the evidence says of a site whose own name does not lead there yet. */
export const askedAt = (missing: DnsRecord | undefined): { readonly 'asked at'?: string } =>
  missing ? { 'asked at': `${missing.value}, as ${missing.name} does not lead there yet` } : {}

import { SiteStore } from '../../../infrastructure/cdn/aws/site-store.ts'
import type { AwsSite } from '../../../infrastructure/cdn/aws/publish.ts'
import {
  type DnsRecord,
  type Reached,
  reached,
  recordInWords,
  recordOf,
} from '../../../infrastructure/cdn/aws/own-name.ts'
import type { CdnEndpoint } from '../../../infrastructure/cdn/endpoint.ts'
import { isOfApi } from '../../../infrastructure/cdn/routing.ts'
import type { Flip } from '../../../infrastructure/cdn/releases/layout.ts'
import { pathsGot } from '../../../infrastructure/load-testing/settings.ts'
import { outputs } from '../../../infrastructure/cdn/aws/outputs.ts'
import { OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { statusOf } from '../../targets/aws/describe-stack.ts'
import { emulatorOf, endpointOn } from './emulator.ts'
import { openAws, type OpenedAws } from './open.ts'
import { stackName } from './stacks.ts'

/** A site that is deployed: where it answers, and where its releases lie. */
export type OpenedSite = OpenedAws & {
  readonly site: AwsSite
  readonly address: string
  /** What leads its own name there; none where it has CloudFront's. */
  readonly record: DnsRecord | undefined
}

/** Throws OperatorError where nothing is deployed. */
export async function openSite(world: World, options: Readonly<Record<string, unknown>>): Promise<OpenedSite> {
  const opened = await openAws(world, options)
  const { configuration } = opened
  const { region } = configuration.aws
  const stack = stackName(configuration.name, 'cdn')
  const found = await statusOf(stack, region)
  const output = (name: string): string => {
    const value = found?.outputs.get(name)
    if (value !== undefined) return value
    const where = `account ${opened.account}, ${region}`
    const why = found ? `has no output ${name}: another version deployed it` : 'is not deployed'
    throw new OperatorError(stack, `${why} (${where})`, 'edge deploy cdn --target aws')
  }
  const store = new SiteStore(output(outputs.bucket), region)
  const address = output(outputs.address)
  const endpoint = endpointOf({ store, address, configuration }, world)
  const record = recordOf(address, found?.outputs.get(outputs.distributionName))
  return { ...opened, address, record, site: { store, distribution: output(outputs.distribution), region, endpoint } }
}

/** A site that is looked at from outside; where its name does not lead there yet, past that, which is said. */
export type LookedAt = OpenedSite & Pick<Reached, 'missing'>

export async function openFromOutside(world: World, options: Readonly<Record<string, unknown>>): Promise<LookedAt> {
  const opened = await openSite(world, options)
  const { endpoint, ...more } = await reached(opened.site.endpoint, opened.record)
  if (more.missing) sayWhatIsMissing(more.missing, world)
  return { ...opened, ...more, site: { ...opened.site, endpoint } }
}

function sayWhatIsMissing(missing: DnsRecord, { stderr }: Pick<World, 'stderr'>): void {
  const { name, value } = missing
  stderr.write(`${name} is not answered by CloudFront yet: ${value} is looked at in its place\n`)
  stderr.write(`  its DNS needs: ${recordInWords(missing)}\n`)
}

/** Holds the site while it is switched to another release. Where that fails, what visitors may have by then is told. */
export function whileSwitching<Result>(
  { store }: AwsSite,
  { verb, by, world }: { readonly verb: string; readonly by: string; readonly world: World },
  work: () => Promise<Result>,
): Promise<Result> {
  return store.whileLocked(verb, by, world.now, async () => {
    try {
      return await work()
    } catch (error) {
      // Who took the site over is at a switch of its own, which is not ours to complete.
      const isTakenOver = error instanceof OperatorError && error.where === 'lock'
      if (!isTakenOver) await sayWhatIsHalfDone(store, world)
      throw error
    }
  })
}

async function sayWhatIsHalfDone(store: SiteStore, { stderr }: World): Promise<void> {
  // What refused the work may refuse this, too, and is told as what the work met.
  const [live, cutOff] = await Promise.all([store.live(), store.cutOff()]).catch(() => [])
  if (!cutOff) return
  const { to, how } = cutOff
  const completes = {
    publish: 'the same publication again completes it: edge publish FOLDER --target aws',
    rollback: `edge rollback ${to} --target aws completes it`,
  }
  stderr.write(`\nvisitors may have files of ${to} already\n  ${completes[how]}\n`)
  if (live && live.id !== to) stderr.write(`  edge rollback ${live.id} --target aws brings that one back\n`)
}

/** When a release was seen from outside, in words. */
export const seenFromOutside = ({ visibleMs }: Flip): string =>
  visibleMs === undefined ? 'not seen from outside yet: edge verify cdn' : `seen after ${visibleMs} ms`

/** What the checks look at, from outside: the site's address, what it is configured to do, and what was published. */
export function endpointOf(
  { store, address, configuration }: Pick<OpenedSite, 'address' | 'configuration'> & Pick<AwsSite, 'store'>,
  world: Pick<World, 'env'>,
): CdnEndpoint {
  const { api } = configuration.site
  const { origin, hostname } = new URL(address)
  const endpoint: CdnEndpoint = {
    https: origin,
    http: `http://${hostname}`,
    domain: hostname,
    hashedFolders: configuration.cdn.cache.hashedFolders,
    pages: configuration.cdn.pages,
    ...(api ? { api: { health: api.health, journey: pathsGot(configuration.loadTesting) } } : {}),
    routes: pathsGot(configuration.loadTesting).filter((path) => !isOfApi(path)),
    settings: configuration.cdn,
    store: {
      address: `https://${store.bucket}.s3.${configuration.aws.region}.amazonaws.com/`,
      releases: () => store.releases(),
    },
    published: () => store.live(),
  }
  const emulator = emulatorOf(world)
  return emulator === undefined ? endpoint : endpointOn(emulator, endpoint)
}

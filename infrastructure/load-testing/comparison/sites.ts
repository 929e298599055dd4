import { exit, OperatorError } from '../../../src/core/errors.ts'
import type { Options } from '../../../src/core/options.ts'
import type { Screen } from '../../../src/core/screen.ts'
import type { World } from '../../../src/core/world.ts'
import { type Against, addressesOf, allowed, isThisMachine } from '../against.ts'
import type { LoadTestingEndpoint } from '../endpoint.ts'
import { addressOf, isAddress } from '../wish.ts'
import type { SideName } from './turns.ts'

export type Sides = Readonly<Record<SideName, Against>>
type Both<Value> = readonly [base: Value, candidate: Value]
type Known = Pick<LoadTestingEndpoint, 'place' | 'password'> & {
  readonly settings: Pick<LoadTestingEndpoint['settings'], 'against'>
}

/** Two addresses. Throws OperatorError (exit 2) where one of them is none. */
export function sitesOf([base = '', candidate = '']: readonly string[]): Both<URL> {
  const recorded = [base, candidate].find((name) => !isAddress(name))
  if (recorded !== undefined) {
    throw new OperatorError(
      'load-test compare',
      `takes two addresses, or two of what was measured before (${recorded} is no address)`,
      'edge load-test compare https://localhost:8443 https://localhost:9443',
      exit.usage,
    )
  }
  const of = (name: string): URL =>
    addressOf(name, 'load-test compare', 'edge load-test compare https://localhost:8443')
  return [of(base), of(candidate)]
}

const isOwn = ({ origin }: URL, { place }: Pick<Known, 'place'>): boolean => origin === new URL(place.site).origin

/** Both sites, as they may be loaded: as much the one as the other. Throws OperatorError where they may not. */
export async function sidesOf(
  sites: Both<URL>,
  endpoint: Known,
  options: Options,
  world: World,
  screen: Pick<Screen, 'agreed'>,
): Promise<Sides> {
  await requireOneMachine(sites, endpoint)
  const of = (site: URL): Promise<Against> =>
    isOwn(site, endpoint) ? Promise.resolve(ownOf(endpoint)) : allowed(site, endpoint, options, world, screen)
  const [base, candidate] = [await of(sites[0]), await of(sites[1])]
  if (base.requestsPerSecond === undefined || candidate.requestsPerSecond === undefined) return { base, candidate }
  const requestsPerSecond = Math.min(base.requestsPerSecond, candidate.requestsPerSecond)
  return { base: { ...base, requestsPerSecond }, candidate: { ...candidate, requestsPerSecond } }
}

/** Of this instance all is known: whatever is given is for the other one. */
function ownOf({ place, password }: Known): Against {
  const { site, ca, connectTo } = place
  return {
    site: new URL(site).origin,
    isLoopback: true,
    password,
    ...(ca === undefined ? {} : { ca }),
    ...(connectTo === undefined ? {} : { connectTo }),
  }
}

/** What differs between two machines would be called a difference between two releases. */
async function requireOneMachine([base, candidate]: Both<URL>, endpoint: Known): Promise<void> {
  const machine = async (site: URL): Promise<string> => {
    if (isOwn(site, endpoint) || (await isThisMachine(site))) return 'this machine'
    return (await addressesOf(site)).join(', ') || 'nobody knows its name'
  }
  const [one, other] = [await machine(base), await machine(candidate)]
  if (one === other) return
  throw new OperatorError(
    'load-test compare',
    'they are not on one machine, and their times say nothing about each other',
    [
      `${base.origin}: ${one}`,
      `${candidate.origin}: ${other}`,
      'one that runs here under a public name stands in /etc/hosts beside 127.0.0.1',
    ],
    exit.usage,
  )
}

/**
 * To be asked after each run: what goes live here while this instance is one of the sides would be measured with what
 * was there before. Of another instance nobody tells it.
 */
export async function releaseGuard(
  endpoint: Pick<LoadTestingEndpoint, 'place' | 'release'>,
  { base, candidate }: Sides,
): Promise<() => Promise<void>> {
  const own = [base, candidate].find(({ site }) => isOwn(new URL(site), endpoint))
  if (!own) return () => Promise.resolve()
  const before = await endpoint.release()
  return async () => {
    const now = await endpoint.release()
    if (now === before) return
    const what = `${before ?? 'nothing'} was live at the beginning, and ${now ?? 'nothing'} is now`
    throw new OperatorError(`load-test compare ${own.site}`, what, 'compare again, and publish nothing meanwhile')
  }
}

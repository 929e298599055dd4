import { lookup } from 'node:dns/promises'
import { exit, Interrupted, OperatorError } from '../../src/core/errors.ts'
import type { Options } from '../../src/core/options.ts'
import type { Screen } from '../../src/core/screen.ts'
import type { World } from '../../src/core/world.ts'
import { isLoopback } from '../../src/targets/local/listening.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import type { LoadTestingSettings } from './settings.ts'

/** Another site than the instance's, that may be loaded. */
export type Against = {
  readonly site: string
  /** Nobody else's: it is asked as much as the scenario wants. */
  readonly isLoopback: boolean
  readonly requestsPerSecond?: number
  readonly password: string
}

type Known = Pick<LoadTestingSettings, 'against'>

const cap = 50
/** Never an argument: those are seen by everybody on the machine. */
const passwordName = 'EDGE_TEST_PASSWORD'

/**
 * Says whether a site may be loaded. One that is not this machine's own is asked for, and asked so much at most; with
 * `--yes` it has to stand in loadTesting.against. Throws OperatorError where it may not.
 */
export async function allowed(
  url: URL,
  { settings, password }: Pick<LoadTestingEndpoint, 'password'> & { readonly settings: Known },
  options: Options,
  world: World,
  screen: Pick<Screen, 'agreed'>,
): Promise<Against> {
  const { origin: site, hostname } = url
  const known = entryOf(site, settings)
  const requestsPerSecond = capOf(url, settings)
  const given = world.env[passwordName]
  if (await isThisMachine(hostname)) return { site, isLoopback: true, password: given ?? password }
  const where = `--against ${site}`
  if (options['yes'] === true && !known) {
    throw new OperatorError(
      where,
      'is not this machine, and not among loadTesting.against',
      `add { site: '${site}' } there if it is yours, or leave out --yes to be asked`,
      exit.usage,
    )
  }
  if (given === undefined) {
    throw new OperatorError(
      where,
      'the password of its test accounts is not known',
      `put it into the environment, as ${passwordName}`,
      exit.usage,
    )
  }
  const message = `${site} is not this machine. Send it up to ${requestsPerSecond} requests a second?`
  const inScripts = `--yes, with { site: '${site}' } in loadTesting.against`
  if (options['yes'] !== true && !(await screen.agreed(world, { where, message, inScripts }))) throw new Interrupted()
  return { site, isLoopback: false, requestsPerSecond, password: given }
}

const entryOf = (site: string, { against }: Known) => against.find((one) => new URL(one.site).origin === site)

/** How much a site may be asked at most. */
export const capOf = ({ origin }: URL, settings: Known): number => entryOf(origin, settings)?.requestsPerSecond ?? cap

/** Every address that the name stands for is one of this machine alone. */
async function isThisMachine(hostname: string): Promise<boolean> {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = await lookup(bare, { all: true }).catch(() => [])
  return addresses.length > 0 && addresses.every(({ address }) => isLoopback(address))
}

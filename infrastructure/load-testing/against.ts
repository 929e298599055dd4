import { lookup } from 'node:dns/promises'
import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { exit, Interrupted, messageOf, OperatorError } from '../../src/core/errors.ts'
import { hostOf } from '../../src/core/connection.ts'
import { type Options, textOption } from '../../src/core/options.ts'
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
  /** Path of the authority that is trusted for it; those that the machine knows, where none is given. */
  readonly ca?: string
  /** The address that answers for the site, whatever its name resolves to; absent where a name server says it. */
  readonly connectTo?: string
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
  { settings, password, place }: Pick<LoadTestingEndpoint, 'password' | 'place'> & { readonly settings: Known },
  options: Options,
  world: World,
  screen: Pick<Screen, 'agreed'>,
): Promise<Against> {
  const { origin: site } = url
  const known = entryOf(site, settings)
  const requestsPerSecond = capOf(url, settings)
  const given = world.env[passwordName]
  const authority = await authorityOf(options, world)
  if (await isThisMachine(url)) {
    const ca = authority ?? place.ca
    return { site, isLoopback: true, password: given ?? password, ...(ca === undefined ? {} : { ca }) }
  }
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
  const ca = authority === undefined ? {} : { ca: authority }
  return { site, isLoopback: false, requestsPerSecond, password: given, ...ca }
}

/** Meant as whoever typed it means it; read as the engines' user. */
async function authorityOf(options: Options, world: World): Promise<string | undefined> {
  const given = textOption(options, 'ca')
  if (given === undefined) return undefined
  const path = resolve(textOption(options, 'from') ?? world.cwd, given)
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw new OperatorError('--ca', `cannot be read: ${messageOf(error)}`, 'is the path right?', exit.usage)
  })
  return path
}

const entryOf = (site: string, { against }: Known) => against.find((one) => new URL(one.site).origin === site)

/** How much a site may be asked at most. */
export const capOf = ({ origin }: URL, settings: Known): number => entryOf(origin, settings)?.requestsPerSecond ?? cap

/** Every address that the name stands for is one of this machine alone. */
export async function isThisMachine(url: URL): Promise<boolean> {
  const addresses = await addressesOf(url)
  return addresses.length > 0 && addresses.every(isLoopback)
}

/** All that its name stands for; none where nobody knows it. */
export async function addressesOf(url: URL): Promise<readonly string[]> {
  const found = await lookup(hostOf(url), { all: true }).catch(() => [])
  return found.map(({ address }) => address).toSorted()
}

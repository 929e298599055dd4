import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checksElsewhere } from './checks.ts'
import { hostOf } from '../../src/core/connection.ts'
import { type SiteClient, untrusted, withSite } from './fetch.ts'
import type { Elsewhere } from './endpoint.ts'
import { cdn } from './guarantees.ts'
import { exit, messageOf, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'
import type { ChecksElsewhere } from '../../src/core/room.ts'
import { bind } from '../../src/core/verify.ts'

const usualHealth = '/api/health'

/**
 * The checks of the CDN for a site that somebody else deployed: what can be seen of it from outside. Throws
 * OperatorError where the address is none, and where nobody answers there.
 */
export const elsewhere: ChecksElsewhere = async (given, options, world) => {
  const url = addressOf('--url', given)
  const ca = textOption(options, 'ca')
  if (ca !== undefined) {
    await access(resolve(world.cwd, ca), constants.R_OK).catch((error: unknown) => {
      throw new OperatorError('--ca', `cannot be read: ${messageOf(error)}`, 'is the path right?', exit.usage)
    })
  }
  const site = { https: url.origin, ...(ca === undefined ? {} : { ca: resolve(world.cwd, ca) }) }
  const api = await withSite(site, (client) => apiOf(client, textOption(options, 'api'))).catch((error: unknown) => {
    // A certificate that is not trusted is for the checks to judge.
    if (!isAway(error)) return undefined
    const hint = 'is the address right, and the site up?'
    throw new OperatorError('--url', `${url.origin} does not answer: ${messageOf(error)}`, hint)
  })
  const endpoint: Elsewhere = {
    on: 'elsewhere',
    ...site,
    http: plainAddress(url, textOption(options, 'http')),
    domain: hostOf(url),
    ...(api === undefined ? {} : { api: { health: api, journey: [] } }),
  }
  const next = (because: string): string =>
    because.includes(untrusted) ? '--ca FILE names the authority that signed it' : ''
  return { checks: bind(cdn, checksElsewhere, endpoint), next }
}

const away = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/
const isAway = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && away.test(error.code)

function addressOf(option: '--url' | '--http', given: string): URL {
  const url = URL.parse(given)
  const refused = (what: string, hint: string): OperatorError =>
    new OperatorError(option, `${what} (got ${given})`, hint, exit.usage)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw refused('must be an address with https:// or http://', 'edge verify cdn --url https://www.example.com')
  }
  // The promises are those of a whole site: a path would be passed over without a word.
  if (url.href !== `${url.origin}/`) {
    throw refused('must end after the host and the port: a site is judged as a whole', `${option} ${url.origin}`)
  }
  return url
}

/** The API's health, where it is the usual one or was named; undefined where the site seems to have none. */
async function apiOf({ ask }: SiteClient, named: string | undefined): Promise<string | undefined> {
  const answer = await ask(named ?? usualHealth)
  if (named !== undefined) return named
  return answer.header('content-type').includes('json') ? usualHealth : undefined
}

/** Where the site is asked without TLS: the usual port, unless another one is named. */
function plainAddress(url: URL, named: string | undefined): string {
  if (named !== undefined) return addressOf('--http', named).origin
  return url.protocol === 'http:' ? url.origin : `http://${url.hostname}`
}

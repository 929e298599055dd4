import { readdir, rm } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import type { Client, Order as Placed } from 'acme-client'
import { z } from 'zod'
import { Interrupted, messageOf, OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { makePrivateDirectory, writeAtomically } from './files.ts'

export type Order = {
  /** Where the authority's ACME server begins: an address of JSON. */
  readonly directory: string
  /** Whom the authority writes to. */
  readonly email: string
  readonly domain: string
  /** Private key of the account, in PEM form; the same for each order. */
  readonly accountKey: string
  /** Authorities in PEM form that the server's own TLS is signed by, beside those that the machine knows. */
  readonly authority: string | undefined
  /** The folder that is served as http://DOMAIN/.well-known/acme-challenge/. */
  readonly challenges: string
}

/** A certificate with its new private key, both PEM texts; the chain stands behind the certificate. */
export type Fulfilled = { readonly key: string; readonly chain: string }

const answerWithinMs = 30_000
/** The authority looks within seconds; one that has not done so by then is taken for one that does not. */
const looksWithinMs = 90_000
const askEveryMs = 1000

/**
 * Orders a certificate with a new key, and proves by a file on plain HTTP that the domain is ours. One trial: an
 * authority counts those that fail. Throws OperatorError with the server's own words.
 */
export async function orderCertificate(order: Order, world: Pick<World, 'sleep'>): Promise<Fulfilled> {
  const { directory, email, domain, accountKey, challenges } = order
  await makePrivateDirectory(challenges)
  // Of an order that was killed.
  for (const name of await readdir(challenges)) await rm(join(challenges, name), { force: true })
  const { default: acme } = await import('acme-client')
  Object.assign(acme.axios.defaults, {
    timeout: answerWithinMs,
    httpsAgent: new Agent({ ca: trusted(order.authority) }),
  })
  // The library's would try again five times, each time after as long as the server says (an hour, say) with the lock
  // held; and where nobody answers, they lose the reason.
  acme.axios.interceptors.request.clear()
  acme.axios.interceptors.response.clear()
  const client = new acme.Client({ directoryUrl: directory, accountKey })
  const [key, csr] = await acme.crypto.createCsr({ altNames: [domain] }, await acme.crypto.createPrivateEcdsaKey())
  try {
    // For a key that has an account already, the server answers with that one.
    await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${email}`] })
    const placed = await client.createOrder({ identifiers: [{ type: 'dns', value: domain }] })
    await proveDomain(client, placed, challenges, world)
    const ready = await settled(() => client.getOrder(placed), ['pending'], world)
    if (ready.status === 'ready') await client.finalizeOrder(placed, csr)
    const fulfilled = await settled(() => client.getOrder(placed), ['ready', 'processing'], world)
    if (fulfilled.status !== 'valid') throw new Error(wordsOf(fulfilled.error) ?? `the order is ${fulfilled.status}`)
    return { key: String(key), chain: await client.getCertificate(fulfilled) }
  } catch (error) {
    throw error instanceof Interrupted ? error : refusal(order, error)
  }
}

/** Answers the challenge of each name that the authority does not yet know to be ours. */
async function proveDomain(client: Client, placed: Placed, folder: string, world: Pick<World, 'sleep'>): Promise<void> {
  const authorizations = await client.getAuthorizations(placed)
  for (const [index, { status, challenges }] of authorizations.entries()) {
    if (status === 'valid') continue
    const challenge = challenges.find(({ type }) => type === 'http-01')
    if (!challenge) throw new Error(`it offers ${challenges.map(({ type }) => type).join(', ')}, and not http-01`)
    // It comes from the server, and must not become another path.
    if (!/^[\w-]+$/.test(challenge.token)) throw new Error(`it sent a token that is none: ${challenge.token}`)
    const file = join(folder, challenge.token)
    await writeAtomically(file, await client.getChallengeKeyAuthorization(challenge))
    try {
      await client.completeChallenge(challenge)
      const asked = async () => (await client.getAuthorizations(placed))[index]
      const seen = await settled(asked, ['pending'], world)
      if (seen.status === 'valid') continue
      const words = seen.challenges.map(({ error }) => wordsOf(error)).find((text) => text !== undefined)
      throw new Error(words ?? `the authorization is ${seen.status}`)
    } finally {
      await rm(file, { force: true })
    }
  }
}

/** Asks until the answer has none of these states any more. */
async function settled<Item extends { readonly status: string }>(
  ask: () => Promise<Item | undefined>,
  before: readonly string[],
  world: Pick<World, 'sleep'>,
): Promise<Item> {
  const deadline = Date.now() + looksWithinMs
  for (;;) {
    const seen = await ask()
    if (seen && !before.includes(seen.status)) return seen
    if (Date.now() > deadline) throw new Error(`still ${seen?.status} after ${looksWithinMs / 1000} s`)
    await world.sleep(askEveryMs)
  }
}

const problem = z.object({ detail: z.string() })

/** What a problem document (RFC 7807) says to people. */
const wordsOf = (error: unknown): string | undefined => problem.safeParse(error).data?.detail

const trusted = (authority: string | undefined): string[] => [
  ...getCACertificates('bundled'),
  ...getCACertificates('system'),
  ...(authority === undefined ? [] : [authority]),
]

function refusal({ directory, domain }: Order, error: unknown): OperatorError {
  const { host } = new URL(directory)
  const before = 'nothing was changed: the certificate before is still shown'
  // What the library throws for an answer has no code; what the network throws has.
  if (error instanceof Error && 'code' in error) {
    const words = [error.message, String(error.code)].find((text) => text !== '')
    return new OperatorError('serve.certificate.acme', `${host} cannot be asked: ${words}`, [
      `curl ${directory} says whether it answers; an authority of your own goes into serve.certificate.acme.authority`,
      before,
    ])
  }
  return new OperatorError('serve.certificate.acme', `${host} refused: ${messageOf(error)}`, [
    `does http://${domain}/ lead here, from outside, on port 80 (serve.http)?`,
    `${before}; edge deploy cdn orders again, and authorities count orders that fail`,
  ])
}

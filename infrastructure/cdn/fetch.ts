import { once } from 'node:events'
import type { Agent as PlainAgent, IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { authorities, lookupOf } from '../../src/core/connection.ts'
import { Agent, request as plainRequest } from '../../src/core/plain-http.ts'

export type Answer = {
  readonly url: string
  readonly status: number
  /** One value; several fields of one name are joined as HTTP joins them. */
  readonly header: (name: string) => string
  /** Each Set-Cookie field by itself: joined, their dates could not be told from the next one. */
  readonly cookies: readonly string[]
  /** As it came over the wire: nothing is decompressed. */
  readonly body: Buffer
}

export type Ask = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: string
  /** The whole of the answer has to be there within so many milliseconds. */
  readonly withinMs?: number
}

/** A client of one site, that trusts its authority and follows no redirect. Close it after use. */
export type SiteClient = {
  readonly ask: (path: string, how?: Ask) => Promise<Answer>
  readonly close: () => Promise<void>
}

const answerWithinMs = 8000
/** The whole of an answer: of one that comes drop by drop, each drop is in time. */
const wholeWithinMs = 30_000

/** For so long a check asks one thing after another: it has to end (src/core/verify.ts), also where the site is far away. */
export const asksForMs = 10_000

/** A site as a client has to know it. */
export type Reachable = {
  readonly https: string
  /** Path of the certificate authority that is trusted beside the system's own; none for a public site. */
  readonly ca?: string
  /** The address that answers for the domain; where it is not given, a name server says it. */
  readonly connectTo?: string
  /** Sent with every request: an emulator without TLS is told that its visitor has it. */
  readonly headers?: Readonly<Record<string, string>>
  /** Path of one more authority, trusted by this machine's own work and by no check. */
  readonly alsoTrusted?: string
}

export async function siteClient(endpoint: Reachable): Promise<SiteClient> {
  const through = await connectionsTo(endpoint, 4)
  return {
    ask: (path, how) =>
      ask(addressOf(path, endpoint.https), through, { ...how, headers: { ...endpoint.headers, ...how?.headers } }),
    close: async () => through.close(),
  }
}

/** A path that begins with two slashes is one of this site, and no other host. */
const addressOf = (path: string, site: string): string =>
  path.startsWith('//') ? `${new URL(site).origin}${path}` : new URL(path, site).href

/** Uses a client and closes it, whatever becomes of the work. */
export async function withSite<Result>(
  endpoint: Reachable,
  use: (client: SiteClient) => Promise<Result>,
): Promise<Result> {
  const client = await siteClient(endpoint)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

/** Connections that are kept for the next request, so many at once to one place. */
export type Connections = { readonly plain: PlainAgent; readonly secure: SecureAgent; readonly close: () => void }

type ConnectionOptions = {
  /** The authority that is trusted in place of those that the system knows. */
  readonly ca?: string[]
  readonly rejectUnauthorized?: boolean
  /** The address that answers, whatever the name resolves to. */
  readonly connectTo?: string | undefined
}

export function connections(count: number, { connectTo, ...tls }: ConnectionOptions = {}): Connections {
  const kept = { keepAlive: true, maxSockets: count, ...lookupOf(connectTo) }
  const plain = new Agent(kept)
  const secure = new SecureAgent({ ...kept, ...tls })
  const close = (): void => {
    plain.destroy()
    secure.destroy()
  }
  return { plain, secure, close }
}

/** Connections to one site, of which its authority is trusted. */
export async function connectionsTo(
  { ca, connectTo, alsoTrusted }: Omit<Reachable, 'https'>,
  count: number,
): Promise<Connections> {
  const also = alsoTrusted === undefined ? [] : await authorities(alsoTrusted)
  return connections(count, { connectTo, ca: [...(await authorities(ca)), ...also] })
}

/** One request over HTTP/1.1. Throws where no answer comes within 8 s, or within so many milliseconds. */
export async function ask(
  url: string,
  through: Connections,
  how: Ask = {},
  withinMs = how.withinMs ?? answerWithinMs,
  wholeMs = how.withinMs ?? wholeWithinMs,
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = how
  const options = { method, headers: { ...headers } }
  const request = url.startsWith('https:')
    ? secureRequest(url, { ...options, agent: through.secure })
    : plainRequest(url, { ...options, agent: through.plain })
  request.setTimeout(withinMs, () => request.destroy(new TooLate(url, withinMs)))
  let tooLate: TooLate | undefined
  const whole = setTimeout(() => request.destroy((tooLate = new TooLate(url, wholeMs))), wholeMs)
  // Whoever waits for the answer hears of it; an error after the answer has nobody to hear it.
  request.on('error', () => undefined)
  request.end(body)
  try {
    const [response]: IncomingMessage[] = await once(request, 'response')
    if (!response) throw new Error(`${url} is not answered`)
    const header = (name: string): string => [response.headers[name.toLowerCase()] ?? []].flat().join(', ')
    const cookies = response.headers['set-cookie'] ?? []
    return { url, status: response.statusCode ?? 0, header, cookies, body: await buffer(response) }
  } catch (error) {
    // The server has ended a kept connection at the very moment at which it was used again: nothing was asked yet.
    if (request.reusedSocket && body === undefined && error instanceof Error && 'code' in error)
      if (error.code === 'ECONNRESET') return ask(url, through, how, withinMs, wholeMs)
    // Of an answer that has begun, what comes of that is "aborted".
    throw inOurWords(tooLate ?? error)
  } finally {
    clearTimeout(whole)
  }
}

/** Said of a certificate of an unknown authority, by whoever meets one. */
export const untrusted = 'the chain of its certificate does not lead to a trusted authority'

const unknownAuthority =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/

/** Node advises to let it know the system's authorities, which it does already. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && unknownAuthority.test(String(error.code)))) return error
  return new Error(`${untrusted} (${error.message.replace(/;.*$/s, '')})`, { cause: error })
}

class TooLate extends Error {
  readonly code = 'ETIMEDOUT'
  constructor(url: string, withinMs: number) {
    super(`${url} is not answered within ${withinMs / 1000} s`)
  }
}

/** Seconds of `max-age` in a Cache-Control field; 0 where it may not be kept without asking. */
export function maxAgeSeconds(cacheControl: string): number {
  if (/\bno-(store|cache)\b/.test(cacheControl)) return 0
  return Number(/\bmax-age=(\d+)/.exec(cacheControl)?.[1] ?? 0)
}

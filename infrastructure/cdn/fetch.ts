import { readFile } from 'node:fs/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { CdnEndpoint } from './local.ts'

export type Answer = {
  readonly url: string
  readonly status: number
  /** One value; several fields of one name are joined as HTTP joins them. */
  readonly header: (name: string) => string
  /** As it came over the wire: nothing is decompressed. */
  readonly body: Buffer
}

export type Ask = {
  readonly method?: Dispatcher.HttpMethod
  readonly headers?: Readonly<Record<string, string>>
}

/** A client of one site, that trusts its authority and follows no redirect. Close it after use. */
export type SiteClient = {
  readonly ask: (path: string, how?: Ask) => Promise<Answer>
  readonly close: () => Promise<void>
}

const answerWithinMs = 8000

export async function siteClient(endpoint: Pick<CdnEndpoint, 'https' | 'ca'>): Promise<SiteClient> {
  const ca = endpoint.ca === undefined ? undefined : await readFile(endpoint.ca, 'utf8')
  const agent = new Agent({
    connections: 4,
    // Where a server ends a connection after so many requests (GOAWAY), undici 8 cuts the answer that is under way.
    allowH2: false,
    headersTimeout: answerWithinMs,
    bodyTimeout: answerWithinMs,
    ...(ca === undefined ? {} : { connect: { ca } }),
  })
  return {
    ask: (path, how) => ask(new URL(path, endpoint.https).href, agent, how),
    close: () => agent.close(),
  }
}

/** Uses a client and closes it, whatever becomes of the work. */
export async function withSite<Result>(
  endpoint: Pick<CdnEndpoint, 'https' | 'ca'>,
  use: (client: SiteClient) => Promise<Result>,
): Promise<Result> {
  const client = await siteClient(endpoint)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

export async function ask(url: string, dispatcher: Dispatcher, how: Ask = {}): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    method: how.method ?? 'GET',
    ...(how.headers ? { headers: { ...how.headers } } : {}),
  })
  const header = (name: string): string => [headers[name.toLowerCase()] ?? []].flat().join(', ')
  return { url, status: statusCode, header, body: Buffer.from(await body.arrayBuffer()) }
}

/** Seconds of `max-age` in a Cache-Control field; 0 where it may not be kept without asking. */
export function maxAgeSeconds(cacheControl: string): number {
  if (/\bno-(store|cache)\b/.test(cacheControl)) return 0
  return Number(/\bmax-age=(\d+)/.exec(cacheControl)?.[1] ?? 0)
}

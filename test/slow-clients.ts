import { readFile } from 'node:fs/promises'
import { connect as connectTwo } from 'node:http2'
import { Agent, request } from 'node:https'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'

export type Site = { readonly https: string; readonly ca: string }
export type Seen = { readonly answered: number; readonly failed: readonly string[] }

/** One request after the other, on a connection that is kept. Answers the status and the body's length; throws where none comes. */
type Client = { readonly ask: () => Promise<{ status: number; bytes: number }>; readonly close: () => void }

/** Clients of one rhythm would all wait, or all be between two requests, at the moment that counts. */
const apartMs = 200

/**
 * Sixteen clients ask for the path, over and over, while something is done: eight GET and four POST over HTTP/1.1, four
 * GET over HTTP/2. None of them asks a second time for what failed.
 */
export async function underClients({ https, ca }: Site, path: string, work: () => Promise<unknown>): Promise<Seen> {
  const authority = await readFile(ca, 'utf8')
  const url = new URL(path, https)
  const many = (count: number, make: () => Client): Client[] => Array.from({ length: count }, make)
  const clients = [
    ...many(8, () => one(url, authority, 'GET')),
    ...many(4, () => one(url, authority, 'POST')),
    ...many(4, () => two(url, authority)),
  ]
  const done = new AbortController()
  let answered = 0
  const failed: string[] = []
  const visit = async ({ ask, close }: Client, index: number): Promise<void> => {
    await wait(index * apartMs)
    do {
      try {
        const { status, bytes } = await ask()
        if (status === 200 && bytes > 0) answered += 1
        else failed.push(`${status}, ${bytes} bytes`)
      } catch (error) {
        failed.push(String(error))
      }
    } while (!done.signal.aborted)
    close()
  }
  const visits = Promise.all(clients.map(visit))
  await work().finally(() => done.abort())
  await visits
  return { answered, failed }
}

function one(url: URL, ca: string, method: 'GET' | 'POST'): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  return {
    ask: async () => {
      const asked = request(url, { method, agent })
      asked.end(method === 'POST' ? 'a body' : undefined)
      const [response] = await once(asked, 'response')
      return { status: response.statusCode, bytes: (await buffer(response)).length }
    },
    close: () => agent.destroy(),
  }
}

/** What a server refuses with GOAWAY it has not begun with, and says so: any client asks for that again (RFC 9113, 6.8). */
class Refused extends Error {}

function two(url: URL, ca: string): Client {
  const open = () => {
    const session = connectTwo(url.origin, { ca })
    const seen = { session, lastTaken: Number.POSITIVE_INFINITY }
    session.on('error', () => undefined)
    session.on('goaway', (_code, last) => (seen.lastTaken = last ?? 0))
    return seen
  }
  let connection = open()
  const askOnce = async () => {
    if (connection.session.closed || connection.session.destroyed) connection = open()
    const { session } = connection
    const stream = session.request({ ':path': url.pathname })
    const ended = once(stream, 'close')
    let status = 0
    stream.on('response', (headers) => (status = Number(headers[':status'])))
    let bytes = 0
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length))
    stream.on('error', () => undefined)
    stream.end()
    await ended
    if (status === 0)
      throw (stream.id ?? 0) > connection.lastTaken ? new Refused() : new Error('ended without an answer')
    if (stream.rstCode !== 0) throw new Error(`cut off: ${stream.rstCode}`)
    return { status, bytes }
  }
  return {
    ask: () => askOnce().catch((error: unknown) => (error instanceof Refused ? askOnce() : Promise.reject(error))),
    close: () => connection.session.close(),
  }
}

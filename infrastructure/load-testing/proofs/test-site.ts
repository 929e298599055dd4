import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const page =
  '<!doctype html><title>Hello</title><link rel="stylesheet" href="/style.css"><script src="/app.js"></script>'

/** How a site of the tests behaves; `well` is one that a visitor has nothing to say against. */
export const behaviours = {
  well: (request, response) => {
    const known: Record<string, string> = {
      '/': page,
      '/style.css': 'body { background: url(/paper.png) }',
      '/app.js': '',
      '/paper.png': '',
      '/api/hello': 'hello, user-0001',
    }
    const body = known[request.url ?? '']
    response.writeHead(body === undefined ? 404 : 200).end(body)
  },
  /** Lets browsers keep everything but the page. */
  kept: (request, response) => {
    response.setHeader('Cache-Control', request.url === '/' ? 'no-cache' : 'public, max-age=31536000')
    behaviours.well(request, response)
  },
  /** Accepts and never answers. */
  silent: () => undefined,
  slowApi: (request, response) => {
    const delay = request.url === '/api/hello' ? 700 : 0
    void wait(delay).then(() => behaviours.well(request, response))
  },
  /** What a single-page site says to any address when its routing is wrong. */
  wrongPage: (_request, response) => void response.writeHead(200).end(page),
  lostImage: (request, response) =>
    request.url === '/paper.png' ? void response.writeHead(404).end() : behaviours.well(request, response),
} as const satisfies Record<string, Answer>

/** A site on loopback, for one test. */
export async function testSite(answer: Answer): Promise<{ readonly address: string; readonly close: () => void }> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the test site has no port')
  return {
    address: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, createServer as createProxy, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { listen } from '../../../test/listen.ts'

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
  /** Names all that it loads without a slash in front; browsers may keep it. */
  relative: (request, response) => {
    const known: Record<string, string> = {
      '/': '<!doctype html><title>Hello</title><link rel=stylesheet href=./files/style.css><script src="files/app.js"></script>',
      '/files/style.css': 'body { background: url(../paper.png) }',
      '/files/app.js': '',
    }
    const body = known[request.url ?? '']
    if (body === undefined) return behaviours.kept(request, response)
    response.writeHead(200, { 'Cache-Control': request.url === '/' ? 'no-cache' : 'max-age=60' }).end(body)
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
  failing: (_request, response) => void response.writeHead(500).end('no'),
  /** The right status, and nothing in it. */
  empty: (request, response) =>
    request.url === '/' ? behaviours.well(request, response) : void response.writeHead(200).end(),
  /** Ends each connection in the middle of the answer. */
  dropping: (request, response) => {
    if (request.url === '/') return behaviours.well(request, response)
    response.writeHead(200, { 'Content-Length': '1000' }).write('hello')
    setImmediate(() => request.socket.destroy())
  },
  /** Refuses whoever signs in. */
  wrongPassword: (request, response) =>
    request.url === '/api/hello' ? void response.writeHead(401).end('no') : behaviours.well(request, response),
  redirectLoop: (request, response) =>
    request.url === '/api/hello'
      ? void response.writeHead(302, { Location: '/api/hello' }).end()
      : behaviours.well(request, response),
  /** Leads on to where nothing is, on the same site. */
  leadingNowhere: (request, response) =>
    request.url === '/api/hello'
      ? void response.writeHead(302, { Location: '/moved/away' }).end()
      : behaviours.well(request, response),
  /** Leads on to where the answer is, on the same site. */
  leadingOn: (request, response) =>
    request.url === '/api/hello'
      ? void response.writeHead(302, { Location: '/moved/hello' }).end()
      : request.url === '/moved/hello'
        ? void response.end('hello, user-0001')
        : behaviours.well(request, response),
} as const satisfies Record<string, Answer>

/** Leads whoever asks its API to another site. */
export const leadingTo =
  (address: string): Answer =>
  (request, response) =>
    request.url === '/api/hello'
      ? void response.writeHead(302, { Location: `${address}/api/hello` }).end()
      : behaviours.well(request, response)

/** Answers at once but for some seconds after the first request, in which it answers nothing: then all that has come at once. */
export function stallingSite(fromMs: number, forMs: number): Answer {
  let begun: number | undefined
  return (request, response) => {
    begun ??= performance.now()
    const at = performance.now() - begun
    const left = at >= fromMs ? Math.max(0, fromMs + forMs - at) : 0
    void wait(left).then(() => behaviours.well(request, response))
  }
}

/** Answers every twelfth request late within some seconds of the first one, and all others at once. */
export function slowBetween(fromMs: number, untilMs: number): Answer {
  let begun: number | undefined
  let late = 0
  return (request, response) => {
    begun ??= performance.now()
    const at = performance.now() - begun
    const isLate = at >= fromMs && at < untilMs && late++ % 12 === 0
    void wait(isLate ? 700 : 0).then(() => behaviours.well(request, response))
  }
}

/** A way to a site on which connecting takes long, and nothing else does. */
export async function slowToConnect(port: number, delayMs: number) {
  const server = createProxy((client) => {
    client.pause().on('error', () => client.destroy())
    void passOnLater(client)
  })
  return listening(server)

  async function passOnLater(client: Socket): Promise<void> {
    await wait(delayMs)
    const through = connect(port, '127.0.0.1').on('error', () => client.destroy())
    client.pipe(through).pipe(client)
  }
}

/** A site on loopback, for one test. */
export async function testSite(
  answer: Answer,
  /** With it by https, by a certificate that only the test knows. */
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<{ readonly address: string; readonly close: () => void }> {
  const server = tls ? createSecureServer(tls, answer) : createServer(answer)
  const { port } = await listening(server)
  return {
    address: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function listening(server: Server) {
  return { port: await listen(server), close: () => void server.close() }
}

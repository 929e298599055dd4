import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { listen } from '../../../test/listen.ts'
import { withFolder } from '../../../test/with-folder.ts'
import { testWorld } from '../../../test/world.ts'
import { certificateStep, tlsFiles } from './certificate.ts'
import { unreadyBecause } from './ready.ts'

const { world } = testWorld()
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function listening(server: Server): Promise<number> {
  servers.push(server)
  return listen(server)
}

/** What is said of a server that answers like this, its address as URL. */
async function saidOf(answer: RequestListener): Promise<string | undefined> {
  const url = `http://127.0.0.1:${await listening(createServer(answer))}/ready`
  return (await unreadyBecause({ kind: 'http', url, status: 200 }, world))?.replace(url, 'URL')
}

async function closedPort(): Promise<number> {
  const server = createTcpServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

test('has nothing to say of a program that is ready', async () => {
  expect(await saidOf((_, response) => response.end('ok'))).toBeUndefined()
  const port = await listening(createTcpServer((socket) => socket.destroy()))
  expect(await unreadyBecause({ kind: 'tcp', port }, world)).toBeUndefined()
  expect(await unreadyBecause({ kind: 'command', command: ['true'] }, world)).toBeUndefined()
})

test('a program that hangs, and whose port the kernel holds open, is not ready where it is asked something', async () => {
  const port = await listening(createTcpServer((socket) => socket.on('error', () => undefined)))
  expect(await unreadyBecause({ kind: 'tcp', port }, world)).toBeUndefined()
  expect(await unreadyBecause({ kind: 'tcp', port, asks: '?' }, world)).toBe(`port ${port} answers nothing within 2 s`)
  const answers = await listening(createTcpServer((socket) => socket.end('!')))
  expect(await unreadyBecause({ kind: 'tcp', port: answers, asks: '?' }, world)).toBeUndefined()
})

test.each<[string, RequestListener, string]>([
  [
    'status and the first line of its body',
    (_, response) => response.writeHead(503).end('\nno database: connection refused\nat main.py:3\n'),
    'URL does not answer 200, but 503: no database: connection refused',
  ],
  [
    'status alone where there is no body',
    (_, response) => response.writeHead(404).end(),
    'URL does not answer 200, but 404',
  ],
  [
    'where it sends elsewhere',
    (_, response) => response.writeHead(302, { location: 'https://elsewhere.example/login' }).end(),
    'URL does not answer 200, but 302 to https://elsewhere.example/login',
  ],
  [
    'text of a page',
    (_, response) => response.writeHead(500).end('<!DOCTYPE html><title>Error</title><pre>Cannot GET /ready</pre>'),
    'URL does not answer 200, but 500: Error Cannot GET /ready',
  ],
  [
    'what came of a body that does not end',
    (_, response) => response.writeHead(500).write('stuck\n'),
    'URL does not answer 200, but 500: stuck',
  ],
  [
    'end without an answer',
    ({ socket }) => socket.destroy(),
    'URL does not answer 200: the connection was closed without an answer',
  ],
  ['silence', () => undefined, 'URL does not answer 200 within 2 s'],
])('names the %s', async (_what, answer, said) => {
  expect(await saidOf(answer)).toBe(said)
})

test('shows a body within bounds, and no secret of it', async () => {
  const said = await saidOf((_, response) => {
    response.writeHead(500).end(`cannot open postgresql://app:hunter2@127.0.0.1/app ${'x'.repeat(100_000)}`)
  })
  expect(said).toMatch(/but 500: cannot open postgresql:\/\/app:…@127\.0\.0\.1\/app x+…$/)
  expect(said?.length).toBeLessThan(300)
})

test('names what is no HTTP', async () => {
  const port = await listening(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')))
  const url = `http://127.0.0.1:${port}/`
  expect(await unreadyBecause({ kind: 'http', url, status: 200 }, world)).toMatch(/does not answer 200: Parse Error/)
})

test('names a connection that is refused', async () => {
  const port = await closedPort()
  const url = `http://localhost:${port}/`
  expect(await unreadyBecause({ kind: 'http', url, status: 200 }, world)).toMatch(/does not answer 200: .*ECONNREFUSED/)
  expect(await unreadyBecause({ kind: 'tcp', port }, world)).toBe(
    `port ${port} accepts no connection: connect ECONNREFUSED 127.0.0.1:${port}`,
  )
})

test('names the socket that is gone', async () => {
  const port = await listening(createTcpServer())
  const said = await unreadyBecause({ kind: 'tcp', port, sockets: ['/nowhere/socket'] }, world)
  expect(said).toBe('the socket /nowhere/socket is gone')
})

test.each([
  [
    ['sh', '-c', 'echo "it sleeps" >&2; exit 3'],
    undefined,
    'sh -c echo "it sleeps" >&2; exit 3 ends with 3: it sleeps',
  ],
  [['sh', '-c', 'exit 3'], 'it is not connected', 'it is not connected'],
  [['sh', '-c', 'echo refused; exit 3'], 'it is not connected', 'it is not connected: refused'],
] as const)('names how %j ended, and what it said', async (command, fails, said) => {
  const probe = { kind: 'command', command, ...(fails === undefined ? {} : { fails }) } as const
  expect(await unreadyBecause(probe, world)).toBe(said)
})

test('waits for the answer of a program that lets in its own clients before it can answer them', () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, 'tls'))
    const step = certificateStep(folder, 'localhost')
    const found = await step.observe(world)
    if (found !== 'done') await step.ensure(world, found)
    const files = tlsFiles(folder)
    const [ca, cert, key] = await Promise.all([files.ca, files.certificate, files.key].map((file) => readFile(file)))
    let status = 503
    const asked: (string | undefined)[] = []
    const server = createTlsServer({ ca, cert, key, requestCert: true }, ({ url }, response) => {
      asked.push(url)
      response.writeHead(status).end()
    })
    const port = await listening(server)
    const probe = { kind: 'mutualTls', port, ca: files.ca } as const
    const waiting = { ...probe, answers: { ...files, path: '/-/ready' } }
    expect(await unreadyBecause(probe, world)).toBeUndefined()
    expect(await unreadyBecause(waiting, world)).toBe(`https://127.0.0.1:${port}/-/ready does not answer 200, but 503`)
    status = 200
    expect(await unreadyBecause(waiting, world)).toBeUndefined()
    expect(asked).toEqual(['/-/ready', '/-/ready'])
  }))

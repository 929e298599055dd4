import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { migrate, startApi, testPassword } from './test-api.ts'
import { freePorts } from '../test/ports.ts'
import { startTestDatabase } from './test-database.ts'

/** A site to open in a browser and an account on it. */
export type Site = { readonly url: string; readonly password: string; readonly close: () => Promise<void> }

const project = join(import.meta.dirname, '..')
/** What the edge sends as well: nothing inline, nothing from elsewhere. */
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The site that the environment names (SITE_URL, TEST_PASSWORD), such as one that `edge up` made; else one of its own. */
export async function openSite(): Promise<Site> {
  const { SITE_URL: url, TEST_PASSWORD: password } = process.env
  if (url !== undefined && password !== undefined) return { url, password, close: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'app-site-'))
  const database = await startTestDatabase()
  await migrate(database)
  await build(join(folder, 'web'))
  const [port = 0] = await freePorts(1)
  const site = `http://localhost:${port}`
  const api = await startApi(database, folder, site)
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/api/')) pass(incoming, outgoing, api.url)
    else void answerFile(join(folder, 'web'), incoming.url ?? '/', outgoing)
  })
  server.listen(port, 'localhost')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await api.stop()
    await database.remove()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: site, password: testPassword, close }
}

async function build(directory: string): Promise<void> {
  const args = ['node_modules/vite/bin/vite.js', 'build', 'app/web', '--configLoader', 'native']
  const child = spawn(process.execPath, [...args, '--outDir', directory, '--emptyOutDir'], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the build of app/web ended with ${String(code)}`)
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, api: string): void {
  const { method, headers, url = '/' } = incoming
  const onward = request(new URL(url, api), { method: method ?? 'GET', headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.once('error', () => outgoing.destroy())
  incoming.pipe(onward)
}

/** The file of that name, or the page for any address that has no file, as the edge does it for navigations. */
async function answerFile(directory: string, url: string, outgoing: ServerResponse): Promise<void> {
  const path = normalize(new URL(url, 'http://localhost').pathname)
  const name = extname(path) === '' ? '/index.html' : path
  const bytes = await readFile(join(directory, name)).catch(() => undefined)
  const type = types[extname(name)] ?? 'application/octet-stream'
  outgoing.writeHead(bytes ? 200 : 404, { 'content-type': type, 'content-security-policy': policy })
  outgoing.end(bytes)
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { preview } from 'vite'
import { TestEdge } from '../infrastructure/cdn/proofs/test-edge.ts'
import type { Files } from './write-files.ts'
import type { JudgementJson } from '../src/core/verify.ts'
import { tlsFiles } from '../src/targets/local/certificate.ts'
import { isReady } from '../src/targets/local/ready.ts'
import { runEdge } from './instance.ts'
import { freePorts } from './ports.ts'
import { testWorld } from './world.ts'

const site: Files = {
  'index.html': `<!doctype html><title>App</title><script type="module" src="/assets/app-A1b2C3d4.js"></script>
    <img src="/logo.png">${'<p>some text that is worth compressing</p>'.repeat(20)}`,
  'assets/app-A1b2C3d4.js': 'export const games = 44713\n'.repeat(60),
  'logo.png': 'not really',
}

const { world } = testWorld()

let edge: TestEdge
beforeAll(async () => {
  edge = await TestEdge.make(site)
  edge.respond = ({ headers, url }, response) =>
    response
      .writeHead(url === '/api/health' ? 200 : 404, {
        'content-type': 'application/json',
        'x-request-id': headers['x-request-id'] ?? '',
      })
      .end('{}')
})
afterAll(() => edge.remove())

/** Names of the guarantees by verdict, as `edge verify cdn --url` gives them. */
async function judged(...args: string[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const { stdout, code } = await runEdge(['verify', 'cdn', '--json', ...args])
  const { guarantees, broken }: { guarantees: readonly JudgementJson[]; broken: number } = JSON.parse(stdout)
  expect(code).toBe(broken > 0 ? 1 : 0)
  const names = (verdict: string) =>
    guarantees.filter((one) => one.verdict === verdict).map(({ id }) => id.replace('cdn.', ''))
  return { kept: names('kept'), broken: names('broken'), notClaimed: names('notClaimed') }
}

const unseenFromOutside = ['originPrivate', 'originShield', 'worldwide', 'atomicReleases', 'rollback', 'keptAssets']

describe('edge verify cdn --url', () => {
  it('says so where the file of the authority cannot be read', async () => {
    const { code, stderr } = await runEdge(['verify', 'cdn', '--url', edge.endpoint.https, '--ca', 'nowhere.crt'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--ca: cannot be read')])
  })

  it('keeps all that can be seen of an edge of ours from outside', async () => {
    const { https, http, ca = '' } = edge.endpoint
    expect(await judged('--url', https, '--http', http, '--ca', ca)).toEqual({
      kept: [
        'staticCaching',
        'cacheBusting',
        'imageCaching',
        'apiUncached',
        'compression',
        'https',
        'certificate',
        'spaRouting',
        'errorsUncached',
        'securityHeaders',
        'hitRatio',
      ],
      broken: [],
      // The page leads to no font.
      notClaimed: ['originPrivate', 'fontCaching', ...unseenFromOutside.slice(1)],
    })
  })

  it('does not trust a certificate whose authority is unknown, and says how it is made known', async () => {
    const { stdout } = await runEdge(['verify', 'cdn', '--json', '--url', edge.endpoint.https])
    const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
    const broken = guarantees.filter(({ verdict }) => verdict === 'broken')
    expect(broken.map(({ id }) => id)).toContain('cdn.certificate')
    for (const { because, next } of broken) {
      expect(because).toContain('the chain of its certificate does not lead to a trusted authority')
      expect(because).not.toContain('--use-system-ca')
      expect(next).toContain('--ca FILE')
    }
  })

  it('judges a site by its address alone, without a warning', async () => {
    const { https, http, ca = '' } = edge.endpoint
    const [byAddress, plain] = [https, http].map((address) => address.replace('localhost', '127.0.0.1'))
    const args = ['cdn.certificate', '--json', '--url', byAddress ?? '', '--http', plain ?? '', '--ca', ca]
    const { stdout, stderr } = await runEdge(['verify', ...args])
    expect([JSON.parse(stdout), stderr]).toEqual([expect.objectContaining({ kept: 1, broken: 0 }), ''])
  })

  it('does not hold it against a site that it passes over a Range', async () => {
    const server = createServer(({ method, url }, response) => {
      const found = method === 'GET' ? site[url === '/' ? 'index.html' : (url ?? '').slice(1)] : undefined
      response.writeHead(found === undefined ? 404 : 200, { 'cache-control': 'no-store' }).end(found)
    })
    const [port = 0] = await freePorts(1)
    await once(server.listen(port, '127.0.0.1'), 'listening')
    const args = ['verify', 'cdn.errorsUncached', '--json', '--url', `http://127.0.0.1:${port}`]
    const { stdout } = await runEdge(args).finally(() => server.close())
    expect(JSON.parse(stdout)).toMatchObject({
      kept: 1,
      guarantees: [{ evidence: { facts: { 'not seen': '416, as it passes over a Range' } } }],
    })
  })

  it('says of an nginx as it comes what it does not do', async () => {
    const plain = await plainNginx(edge.built)
    const seen = await judged('--url', plain.address, '--ca', edge.endpoint.ca ?? '').finally(() => plain.stop())
    expect(seen).toEqual({
      kept: ['cacheBusting', 'certificate'],
      broken: [
        'staticCaching',
        'imageCaching',
        'compression',
        'https',
        'spaRouting',
        'errorsUncached',
        'securityHeaders',
      ],
      notClaimed: ['originPrivate', 'fontCaching', 'apiUncached', ...unseenFromOutside.slice(1), 'hitRatio'],
    })
  })

  it('says of a preview server of Vite that it is no production', async () => {
    const [port = 0] = await freePorts(1)
    const server = await preview({ root: edge.built, build: { outDir: '.' }, preview: { port, host: '127.0.0.1' } })
    const seen = await judged('--url', `http://127.0.0.1:${port}`).finally(() => server.close())
    expect(seen).toEqual({
      kept: ['cacheBusting'],
      broken: [
        'staticCaching',
        'imageCaching',
        'compression',
        'https',
        'certificate',
        'spaRouting',
        'errorsUncached',
        'securityHeaders',
      ],
      notClaimed: ['originPrivate', 'fontCaching', 'apiUncached', ...unseenFromOutside.slice(1), 'hitRatio'],
    })
  })

  it('ends with 1 where nobody answers, and with 2 where the address is none', async () => {
    const [port] = await freePorts(1)
    const away = await runEdge(['verify', 'cdn', '--url', `http://127.0.0.1:${port}`])
    expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('does not answer')])
    const wrong = await runEdge(['verify', 'cdn', '--url', 'www.example.com'])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('must be an address')])
    const path = await runEdge(['verify', 'cdn', '--url', 'https://www.example.com/shop/'])
    expect([path.code, path.stderr]).toEqual([2, expect.stringContaining('must end after the host and the port')])
  })
})

/** nginx with nothing but a folder and a certificate. */
async function plainNginx(root: string): Promise<{ readonly address: string; readonly stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-plain-'))
  const [port = 0] = await freePorts(1)
  const { certificate, key } = tlsFiles(edge.instance.state)
  const file = join(folder, 'nginx.conf')
  await writeFile(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr;
     events {}
     http {
       include /etc/nginx/mime.types; access_log off;
       client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
       uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
       server {
         listen 127.0.0.1:${port} ssl; root ${root};
         ssl_certificate ${certificate}; ssl_certificate_key ${key};
       }
     }`,
  )
  const child = spawn('nginx', ['-c', file, '-e', 'stderr', '-p', folder], { stdio: 'ignore' })
  await expect.poll(() => isReady({ kind: 'tcp', port }, world)).toBe(true)
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  return { address: `https://localhost:${port}`, stop }
}

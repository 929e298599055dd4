import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { makeCertificate } from '../../infrastructure/monitoring/proofs/test-receivers.ts'
import type { Probe } from '../core/probe.ts'
import { listen } from '../../test/listen.ts'
import { probeFigures, succeeds } from './probe.ts'

let folder: string
let certificate: ReturnType<typeof makeCertificate>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-probe-'))
  certificate = makeCertificate(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A site that answers so, as it is asked for. */
async function probeOf(listener: RequestListener): Promise<Probe> {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, listener)
  onTestFinished(() => server.close().closeAllConnections())
  const port = await listen(server)
  return {
    what: 'site',
    url: `https://localhost:${port}/`,
    connectTo: '127.0.0.1',
    ca: certificate.path,
    below: 400,
  }
}
const answering = (status: number): Promise<Probe> => probeOf((_, response) => response.writeHead(status).end('page'))

it.each([
  [200, true],
  [302, true],
  [404, false],
  [502, false],
])('takes a page with status %i for well: %s', async (status, isWell) => {
  expect(await succeeds(await answering(status))).toBe(isWell)
})

it('takes no redirect for the health of an API', async () => {
  expect(await succeeds({ ...(await answering(302)), below: 300 })).toBe(false)
})

it('takes a site that does not answer in time for one that is down', async () => {
  expect(await succeeds(await probeOf(() => undefined), 50)).toBe(false)
})

it('takes an answer that is cut off for none', async () => {
  const probe = await probeOf((_, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
    setTimeout(() => response.destroy(), 20)
  })
  expect(await succeeds(probe)).toBe(false)
})

it('does not trust a certificate that no visitor would', async () => {
  const { ca: _, ...ofVisitors } = await answering(200)
  expect(await succeeds(ofVisitors)).toBe(false)
})

it('says so in the form of Prometheus', async () => {
  const down: Probe = { ...(await answering(500)), what: 'api' }
  const text = await probeFigures([await answering(200), down])
  expect(text).toContain('edge_probe_success{what="site"} 1\nedge_probe_success{what="api"} 0\n')
})

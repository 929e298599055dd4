import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import { withTime } from '../infrastructure/load-testing/proofs/with-time.ts'
import { readResult } from '../infrastructure/load-testing/result.ts'
import { innerPorts } from '../src/config/ports.ts'
import { freePorts } from './ports.ts'
import { runEdge } from './instance.ts'

/** Ten lines of another language. */
const server = `import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path == '/api/hello'
        self.send_response(200 if known else 404)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(b'{"hello":"world"}' if known else b'{"error":"no such thing"}')
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer((os.environ['HOST'], int(os.environ['PORT'])), Hello).serve_forever()
`

it('an app that is not ours goes up by its configuration alone, and is load-tested by its own journey', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-'))
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'public'))
  await writeFile(join(folder, 'public', 'index.html'), '<!doctype html><title>Hello</title><p>Hello, world</p>')
  await writeFile(join(folder, 'server.py'), server)
  const [https, http, pooler, first] = await freePorts(3 + innerPorts)
  await writeFile(
    join(folder, 'production.config.ts'),
    `export default {
  name: 'foreign-${folder.slice(-6).toLowerCase()}',
  state: 'state',
  serve: { https: ${https}, http: ${http} },
  ports: { pooler: ${pooler}, first: ${first} },
  site: {
    static: 'public',
    api: { command: ['python3', 'server.py'], health: '/api/hello', sources: ['server.py'] },
  },
  loadTesting: {
    journey: [
      { name: 'homepage', requests: [{ path: '/', contains: 'Hello, world' }] },
      { name: 'api', requests: [{ path: '/api/hello', contains: 'world' }] },
    ],
  },
}
`,
  )
  const runs = join(folder, 'state', 'load-tests')
  const edge = (...args: string[]) => runEdge(args, { cwd: folder })
  try {
    const up = await edge('up', '--no-load-test')
    expect([up.code, up.stderr]).toEqual([0, ''])
    expect(up.stdout).toContain('broken 0')
    expect(up.stdout).toMatch(/✓ answers +steps homepage, api · answers right (\d+) of \1 /)
    const { addresses, certificateAuthority } = JSON.parse((await edge('status', '--json')).stdout)
    const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
    const answers = await Promise.all([site.ask('/'), site.ask('/api/hello'), site.ask('/api/nothing')])
    await site.close()
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404])
    const smoke = await edge('load-test', 'smoke', '--scale', '0.2')
    const [run = smoke.stderr] = await readdir(runs)
    const result = await readResult(join(runs, run, 'result.json'))
    expect(withTime(result ?? {})).toEqual({ verdict: 'passed', reasons: [] })
    // Other tests run beside it: whether the machine had time for it, too, is not the app's affair.
    const verdict = String(result?.verdict)
    expect(smoke).toMatchObject({ code: verdict === 'passed' ? 0 : 1, stdout: expect.stringContaining(verdict) })
    const line = new RegExp(`-smoke +${verdict} +5 users +p95 +\\d+ ms .* a trial\n$`)
    expect((await edge('reports')).stdout).toMatch(line)
    expect((await edge('reports', 'last')).stdout).toContain(`### Load test \`smoke\`: ${verdict}`)
    expect(await edge('reports', '1999')).toMatchObject({ code: 2 })
  } finally {
    await edge('destroy', '--yes')
    await rm(folder, { recursive: true, force: true })
  }
})

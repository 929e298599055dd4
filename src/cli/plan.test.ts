import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePorts } from '../../test/ports.ts'
import { innerPorts } from '../config/ports.ts'

const run = promisify(execFile)
const start = resolve(import.meta.dirname, '../start.js')

let folder = ''
let ports: readonly number[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-plan-'))
  // As a folder of somebody's site is: the engines' user may enter it.
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'web'))
  ports = await freePorts(3 + innerPorts)
})
afterEach(() => rm(folder, { recursive: true }))

/** Plans on a machine that has none of the programs. */
async function plan({
  state = join(folder, 'state'),
  serve = {},
  site = {},
}: {
  readonly state?: string
  readonly serve?: object
  readonly site?: object
}) {
  const file = join(folder, 'production.config.ts')
  const [https, http, pooler, first] = ports
  const given = { state, serve: { https, http, ...serve }, ports: { pooler, first }, site: { static: 'web', ...site } }
  await writeFile(file, `export default ${JSON.stringify(given)}`)
  return run(process.execPath, [start, 'plan', '--config', file], { env: { PATH: folder } }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    // What execFile throws has these.
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

describe('edge plan', { timeout: 30_000 }, () => {
  it('says that all of it would be done on a machine that has none of the programs, and no password be replaced', async () => {
    const { stdout } = await plan({})
    expect(stdout).toMatch(/~ etcd +start +it does not run/)
    expect(stdout.match(/^ {2}= .*$/gm)).toEqual([
      expect.stringMatching(/= format +keep/),
      expect.stringMatching(/= superuser +keep/),
    ])
  })

  it('names the field without which a change of a program is not seen', async () => {
    const api = { command: ['node', 'server.js'] }
    expect((await plan({ site: { api } })).stdout).toMatch(
      /^ {2}! site\.api\.sources is empty: .*sources: \['src', …\]$/m,
    )
    expect((await plan({ site: { api: { ...api, sources: ['web'] } } })).stdout).not.toContain('sources is empty')
  })

  it('is not green for a state below a file', async () => {
    const state = join(folder, 'production.config.ts/state')
    expect(await plan({ state })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`state: ${state} lies below a file`),
    })
  })

  it('is not green for a port that another program has', async () => {
    const server = createServer().listen(ports[0], '127.0.0.1')
    await once(server, 'listening')
    const { code, stderr } = await plan({})
    server.close()
    expect([code, stderr]).toEqual([2, expect.stringContaining(`port ${ports[0]} (https): is in use by `)])
    expect(stderr).toContain('end that program, or set serve.https')
  })

  it('is not green for an address that this machine does not have', async () => {
    const { code, stderr } = await plan({ serve: { listen: '192.0.2.1' } })
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('serve.listen: 192.0.2.1 is no address of this machine'),
    ])
  })
})

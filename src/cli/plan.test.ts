import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const start = resolve(import.meta.dirname, '../start.js')

test(
  'edge plan says that all of it would be done on a machine that has none of the programs, and no password be replaced',
  { timeout: 30_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-plan-'))
    const file = join(folder, 'production.config.ts')
    await writeFile(file, `export default { state: '${folder}/state', site: { static: 'web' } }`)
    const { stdout } = await run(process.execPath, [start, 'plan', '--config', file], { env: { PATH: folder } })
    await rm(folder, { recursive: true })
    expect(stdout).toMatch(/~ etcd +start +it does not run/)
    expect(stdout.match(/^ {2}= .*$/gm)).toEqual([
      expect.stringMatching(/= format +keep/),
      expect.stringMatching(/= superuser +keep/),
    ])
  },
)

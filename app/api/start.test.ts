import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'api-home-'))
})
afterEach(() => rm(home, { recursive: true }))

/** Without what it needs it ends when all is loaded; Node says of each file where it had it from. */
function started(env: NodeJS.ProcessEnv) {
  const start = join(import.meta.dirname, 'start.js')
  const said = { ...env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
  const { status, stderr, stdout } = spawnSync(process.execPath, [start], { env: said, encoding: 'utf8' })
  return { status, said: `${stderr}${stdout}` }
}

const readOf = (said: string): readonly string[] =>
  [...said.matchAll(/transpile cache for StrippedTypeScript \S*\/([\w-]+\.ts)\.\.\.success/g)].map(
    ([, name = '']) => name,
  )

test('has another process take the types off, and leaves nothing of it', { timeout: 30_000 }, async () => {
  const { status, said } = started({ HOME: home, PORT: '1' })
  expect(status).toBe(2)
  expect(readOf(said)).toEqual(expect.arrayContaining(['serve.ts', 'server.ts', 'database.ts']))
  expect(await readdir(home)).toEqual([])
})

test('takes them off itself where it has no home, or none that there is', { timeout: 30_000 }, () => {
  for (const env of [{}, { HOME: join(home, 'not-there') }]) {
    const { status, said } = started(env)
    expect([status, readOf(said)]).toEqual([2, []])
    expect(said).toContain('api: ')
  }
})

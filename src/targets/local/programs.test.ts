import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { World } from '../../core/world.ts'
import { compareVersions, findProgram, survey } from './programs.ts'

let folder: string
const asked: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-programs-'))
  await writeFile(join(folder, 'tool'), '#!/bin/sh\n')
  await chmod(join(folder, 'tool'), 0o755)
  await writeFile(join(folder, 'no-tool'), 'not executable')
})
afterAll(() => rm(folder, { recursive: true }))

const world = (env: World['env']): World => ({
  argv: [],
  env,
  cwd: folder,
  uid: 1000,
  stdinIsTTY: false,
  stdin: Readable.from([]),
  stdout: { write: () => undefined, isTTY: false, columns: 100 },
  stderr: { write: () => undefined, isTTY: false, columns: 100 },
  now: () => new Date(0),
  signal: new AbortController().signal,
  sleep: () => Promise.resolve(),
  run: ([program]) => {
    asked.push(program)
    return Promise.resolve({ code: 0, stdout: '', stderr: 'tool version 1.22.1 (build 7)', timedOut: false })
  },
})
const need = (binary: string) => ({
  binary,
  version: { args: ['-v'], pattern: /version ([\d.]+)/, atLeast: '1.18' },
  packages: [binary],
})

test.each([
  ['1.22.1', '1.9', 1],
  ['15.13 (Debian 15.13-0+deb12u1)', '15', 1],
  ['2.11', '2.11.0', 0],
  ['0.9', '1', -1],
])('orders %s and %s', (left, right, sign) => {
  expect(Math.sign(compareVersions(left, right))).toBe(sign)
})

test('finds a program on PATH, and no file that cannot be run', async () => {
  expect(await findProgram('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'))
  expect(await findProgram('no-tool', folder)).toBeUndefined()
})

test('finds what lies in the system folders without any PATH', async () => {
  expect(await findProgram('sh', undefined)).toMatch(/\/bin\/sh$/)
})

test('asks a program once that several engines are', async () => {
  asked.length = 0
  const found = await survey([need('tool'), need('tool')], world({ PATH: folder }), join(folder, 'shared.json'))
  expect(found.map(({ version }) => version)).toEqual(['1.22.1', '1.22.1'])
  expect(asked).toHaveLength(1)
})

test('asks a program for its version once, and again when it changes', async () => {
  const memory = join(folder, 'memory.json')
  asked.length = 0
  const look = () => survey([need('tool'), need('absent')], world({ PATH: folder }), memory)
  expect((await look()).map(({ version }) => version)).toEqual(['1.22.1', undefined])
  await look()
  expect(asked).toHaveLength(1)
  await writeFile(join(folder, 'tool'), '#!/bin/sh\n# newer\n')
  await look()
  expect(asked).toHaveLength(2)
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, test } from 'vitest'
import { driverParameters } from './driver-parameters.ts'

const libPq = { binary_parameters: 'yes' }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'go-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test.each([
  ['one line', 'module a\n\ngo 1.26\n\nrequire github.com/lib/pq v1.12.3\n', libPq],
  ['a block', 'module a\n\nrequire (\n\tgithub.com/a/b v1.0.0\n\tgithub.com/lib/pq v1.10.9\n)\n', libPq],
  ['what something else needs', 'require github.com/lib/pq v1.10.9 // indirect\n', {}],
  ['another module', 'require github.com/lib/pqx v1.0.0\n', {}],
  ['another driver', 'require github.com/jackc/pgx/v5 v5.13.0\n', {}],
])('knows lib/pq by the go.mod of a program, or not: %s', async (_what, text, expected) => {
  await writeFile(join(folder, 'go.mod'), text)
  expect(driverParameters(folder, ['go', 'run', '.'])).toEqual(expected)
})

// A program that has it: test/drivers.
test.each([
  ['a script', '#!/bin/sh\n# \ndep\tgithub.com/lib/pq\tv1.12.3\n'],
  ['nothing', ''],
  ['a damaged program', '\x7fELF'.padEnd(70, '\xff')],
])('says nothing of what is no program of Go: %s', async (_what, content) => {
  await writeFile(join(folder, 'server'), content, 'latin1')
  expect(driverParameters(folder, ['./server', '--port=1'])).toEqual({})
})

it('says nothing of another program, or where there is none', () => {
  expect(driverParameters(folder, [process.execPath, 'server.js'])).toEqual({})
  expect(driverParameters(folder, ['./server'])).toEqual({})
  expect(driverParameters(join(folder, 'gone'), ['python3', 'server.py'])).toEqual({})
})

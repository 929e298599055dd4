import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { World } from '../../src/core/world.ts'
import { testWorld } from '../../test/world.ts'
import { copyIn, restoredCopy, startRestored, stopLeftOver } from './restored-server.ts'

test.each([
  ['4711\n/srv/restored/data\n1764300000\n40000\n/srv/run\n', '/srv/restored/data'],
  ['4711\n/var/lib/postgresql/17/main\n1764300000\n40000\n/srv/run\n', undefined],
  ['', undefined],
])('the lock file %j names the copy %s', (lock, data) => {
  expect(copyIn(lock)).toBe(data)
})

test('a copy whose server is gone stops nobody, whoever has its number now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-copy-'))
  const copy = restoredCopy(folder)
  const stopped: string[] = []
  // It does not start either.
  const run: World['run'] = async (command) => {
    if (command.includes('stop')) stopped.push(command.join(' '))
    return { code: 1, stdout: '', stderr: '', timedOut: false }
  }
  const world = { ...testWorld().world, run }
  const alive = `${process.pid}\n${copy.data}\n`
  try {
    await mkdir(copy.data)
    await writeFile(join(copy.data, 'postmaster.pid'), alive)
    await stopLeftOver(copy, world)
    await writeFile(join(copy.data, 'postmaster.pid'), alive)
    await writeFile(join(folder, '.s.PGSQL.40000.lock'), alive)
    await expect(startRestored(copy, {}, folder, world)).rejects.toThrow('the server says nothing')
    expect(stopped).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

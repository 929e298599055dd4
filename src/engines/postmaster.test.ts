import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { postmasterOf, withoutStaleLock } from './postmaster.ts'

let folder: string
let data: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-postmaster-'))
  data = join(folder, 'data')
  await mkdir(data)
})
afterEach(() => rm(folder, { recursive: true }))

const lock = (first: string) => writeFile(join(data, 'postmaster.pid'), `${first}\n${data}\n`)

it.each(['', '-'])('a server is who works in its data directory: its number with %j before it', async (sign) => {
  const server = spawn('sleep', ['60'], { cwd: data })
  try {
    await lock(`${sign}${server.pid}`)
    expect([await postmasterOf(data), await withoutStaleLock(data)]).toEqual([server.pid, server.pid])
    expect(await readdir(data)).toEqual(['postmaster.pid'])
  } finally {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  }
})

it.each([String(process.pid), '4194305', 'not a number', ''])(
  'none is whoever has its number now: %j',
  async (first) => {
    await lock(first)
    expect([await postmasterOf(data), await withoutStaleLock(data)]).toEqual([undefined, undefined])
    expect(await readdir(data)).toEqual([])
  },
)

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePorts } from '../../../test/ports.ts'
import { portsOf } from './instance.ts'
import { mayEnter, preflight } from './preflight.ts'

let folder = ''
let first = 0
const servers: Server[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-preflight-'))
  await chmod(folder, 0o755)
  first = (await freePorts(20))[0] ?? 0
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await rm(folder, { recursive: true, force: true })
})

const stranger = { name: 'stranger', uid: 65_533, gid: 65_533 }
const look = (change: Partial<Parameters<typeof preflight>[0]> = {}) =>
  preflight({
    state: join(folder, 'state'),
    directories: [folder],
    sources: [],
    user: stranger,
    ports: portsOf({
      serve: { https: first, http: first + 1, listen: '127.0.0.1' },
      ports: { pooler: first + 2, first: first + 3 },
    }),
    listen: '127.0.0.1',
    fresh: true,
    ...change,
  })

describe('the look before anything is changed', () => {
  it('finds nothing on a machine that is ready', async () => {
    await expect(look()).resolves.toBeUndefined()
  })

  it('names the program that has a port, and the field to change', async () => {
    const server = createServer().listen(first + 2, '127.0.0.1')
    servers.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    await expect(look()).rejects.toMatchObject({
      where: `port ${first + 2} (pooler)`,
      message: expect.stringContaining(`(pid ${process.pid})`),
      hints: ['end that program, or set ports.pooler'],
      exitCode: 2,
    })
  })

  it('names the field whose file or folder is not there', async () => {
    const path = join(folder, 'server.js')
    await expect(look({ sources: [{ where: 'site.api.sources', path }] })).rejects.toMatchObject({
      where: 'site.api.sources',
      message: expect.stringContaining(`${path} is not there`),
      exitCode: 2,
    })
  })

  it("names the directory that the engines' user cannot enter", async () => {
    const closed = join(folder, 'closed')
    await mkdir(join(closed, 'clone'), { recursive: true })
    await chmod(closed, 0o700)
    await expect(look({ directories: [join(closed, 'clone')] })).rejects.toMatchObject({
      where: join(closed, 'clone'),
      message: `the engines' user "stranger" cannot enter ${closed}`,
    })
  })

  it('says by how much a state directory is too long for a socket', async () => {
    await expect(look({ state: join(folder, 'x'.repeat(100)) })).rejects.toThrow('too long for the path of a socket')
  })

  it('reports several problems together', async () => {
    const problems = look({ state: join(folder, 'x'.repeat(100)), directories: ['/root/clone'] })
    await expect(problems).rejects.toMatchObject({ hints: [expect.any(String), expect.stringContaining('also: ')] })
  })
})

describe('the right to enter a directory', () => {
  it('is that of the owner, of the group, or of everybody else, never of two', () => {
    expect(mayEnter({ mode: 0o700, uid: 1, gid: 1 }, { name: 'a', uid: 1, gid: 1 })).toBe(true)
    expect(mayEnter({ mode: 0o070, uid: 1, gid: 1 }, { name: 'a', uid: 1, gid: 1 })).toBe(false)
    expect(mayEnter({ mode: 0o710, uid: 2, gid: 1 }, { name: 'a', uid: 1, gid: 1 })).toBe(true)
    expect(mayEnter({ mode: 0o701, uid: 2, gid: 2 }, { name: 'a', uid: 1, gid: 1 })).toBe(true)
    expect(mayEnter({ mode: 0o700, uid: 2, gid: 2 }, { name: 'a', uid: 1, gid: 1 })).toBe(false)
  })
})

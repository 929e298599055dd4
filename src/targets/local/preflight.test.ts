import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytes } from '../../core/units.ts'
import { freePorts } from '../../../test/ports.ts'
import { lasting, mayEnter, preflight } from './preflight.ts'

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
const roomy = async () => ({ fileSystem: 1, free: bytes('100 GB') })
const look = (change: Partial<Parameters<typeof preflight>[0]> = {}, space: Parameters<typeof preflight>[1] = roomy) =>
  preflight(
    {
      state: join(folder, 'state'),
      directories: [folder],
      sources: [],
      user: stranger,
      blockOfPorts: 12,
      ports: { https: first, http: first + 1, pooler: first + 2, etcd: first + 3, postgres: [first + 4, first + 5] },
      listen: '127.0.0.1',
      fresh: true,
      installations: [],
      ...change,
    },
    space,
  )

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

  it("names the field of what the engines' user cannot get at, with its own next step", async () => {
    const closed = join(folder, 'closed')
    await mkdir(join(closed, 'site'), { recursive: true })
    await writeFile(join(closed, 'node'), '')
    await chmod(closed, 0o700)
    const sources = [
      { where: 'site.static', path: join(closed, 'site') },
      { where: 'node', path: join(closed, 'node'), instead: 'take it off PATH' },
    ]
    await expect(look({ sources })).rejects.toMatchObject({
      where: 'site.static',
      message: `${closed}/site is out of reach: the engines' user "stranger" cannot enter ${closed}`,
      hints: [
        expect.stringContaining(`chmod o+x ${closed}`),
        `also: node: ${closed}/node is out of reach: the engines' user "stranger" cannot enter ${closed}; take it off PATH`,
      ],
      exitCode: 2,
    })
  })

  it('follows a link to where it leads', async () => {
    const closed = join(folder, 'closed')
    await mkdir(join(closed, 'site'), { recursive: true })
    await symlink(join(closed, 'site'), join(folder, 'site'))
    await chmod(closed, 0o700)
    const sources = [{ where: 'site.static', path: join(folder, 'site') }]
    await expect(look({ sources })).rejects.toThrow(`${folder}/site is out of reach`)
  })

  it('asks of a file nothing but the way to it', async () => {
    await writeFile(join(folder, 'server.py'), '', { mode: 0o644 })
    const sources = [{ where: 'site.api.sources', path: join(folder, 'server.py') }]
    await expect(look({ sources })).resolves.toBeUndefined()
  })

  it('names a closed directory once for all that lies in it', async () => {
    const clone = join(folder, 'closed', 'clone')
    await mkdir(join(clone, 'web'), { recursive: true })
    await chmod(join(folder, 'closed'), 0o700)
    const sources = [{ where: 'site.static.sources', path: join(clone, 'web') }]
    await expect(look({ directories: [clone, clone], sources })).rejects.toMatchObject({
      where: clone,
      hints: [expect.any(String)],
    })
  })

  it('finds a disk that is too full for a new instance and what has to be installed for it', async () => {
    const packages = { path: '/usr', size: bytes('340 MB'), what: 'packages' }
    const space = (free: '1363 MB' | '1364 MB') => async () => ({ fileSystem: 1, free: bytes(free) })
    await expect(look({ installations: [packages] }, space('1364 MB'))).resolves.toBeUndefined()
    await expect(look({ installations: [packages] }, space('1363 MB'))).rejects.toMatchObject({
      where: 'disk',
      message: `1363 MB free below ${folder} and /usr, 1364 MB needed (the instance 1024 MB, packages 340 MB)`,
      hints: ['free some space, or choose another directory in `state`'],
      exitCode: 2,
    })
  })

  it('wants less space for an instance that is there', async () => {
    const space = async () => ({ fileSystem: 1, free: bytes('100 MB') })
    await expect(look({ fresh: false }, space)).resolves.toBeUndefined()
    await expect(look({ fresh: true }, space)).rejects.toThrow('100 MB free')
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

it('takes no problem for one that lasts that was seen in one look alone, however long the machine took for that', async () => {
  let looks = 0
  const once = async () => {
    looks += 1
    if (looks > 1) return undefined
    await wait(1600)
    return 'an engine was about to begin'
  }
  expect(await lasting(once)).toBeUndefined()
  expect(await lasting(async () => 'somebody else has it')).toBe('somebody else has it')
})

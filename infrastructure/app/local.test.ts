import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine, Part, Step } from '../../src/core/plan.ts'
import type { Instance } from '../../src/core/instance.ts'
import { duration } from '../../src/core/units.ts'
import { testWorld } from '../../test/world.ts'
import { local } from './local.ts'
import { apiLayout } from './releases/layout.ts'
import type { AppNeeds } from './needs.ts'
import { siteSettings } from './settings.ts'

let folder = ''
let instance: Instance
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-'))
  instance = exampleInstance(folder)
  await Promise.all(['web', 'state/logs'].map((path) => mkdir(join(folder, path), { recursive: true })))
  await writeFile(join(folder, 'web', 'page.html'), 'first')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const exampleInstance = (directory: string): Instance => ({
  name: 'example',
  project: directory,
  directory,
  state: join(directory, 'state'),
  user: { name: 'edge', uid: 990, gid: 990 },
  node: '/opt/edge/bin/node',
  appNode: process.execPath,
  ports: { https: 8443, http: 8080, pooler: 6432, first: 20000 },
  listen: '127.0.0.1',
  secrets: { testAccounts: 'testAccounts-secret' },
  machine: { memoryBytes: 8 * 1024 ** 3, cores: 2, lowestOpenPort: 1024 },
})

const server = { host: '127.0.0.1', port: 6432, user: 'app', ca: '/tls/ca.crt' }
const needs: AppNeeds = {
  database: {
    app: { ...server, database: 'app', password: 'app-secret' },
    reader: { ...server, database: 'app_ro', password: 'app-secret' },
    session: { ...server, port: 20011, database: 'app', password: 'app-secret' },
    owner: { ...server, port: 20011, database: 'app', password: 'owner-secret' },
    ready: ['pgbouncer', 'roles'],
  },
  publicUrl: 'https://localhost:8443',
  testAccounts: 3,
  running: () => Promise.resolve(new Map()),
  visits: {
    journey: undefined,
    choices: {},
    isOfApi: (path) => path.startsWith('/api'),
    open: () => Promise.reject(new Error('nothing runs')),
  },
  innerPorts: [],
  edge: { configuration: '/nginx.conf', logs: '/logs/nginx', proof: 'proxy-secret' },
}

const room = (site: unknown) => local(instance, siteSettings.parse(site), needs)
const named = <Kind extends Part['kind']>(site: unknown, kind: Kind, name: string): Extract<Part, { kind: Kind }> => {
  const found = room(site).plan.find((part): part is Extract<Part, { kind: Kind }> => {
    return part.kind === kind && part.name === name
  })
  if (!found) throw new Error(`the plan has no ${kind} ${name}`)
  return found
}
const engine = (site: unknown, name: string): Engine => named(site, 'engine', name)
const step = (site: unknown, name: string): Step => named(site, 'step', name)

it('a published API that a hand has altered is seen, and cannot be put right from here', async () => {
  const id = 'ab12cd34ef56'
  const { manifest, root } = apiLayout(instance.state).shelf
  for (const path of [dirname(manifest(id)), root(id)]) await mkdir(path, { recursive: true })
  const program = { 'server.js': { kind: 'file', hash: 'of another content', executable: false, size: 5 } }
  await writeFile(manifest(id), JSON.stringify({ id, fingerprint: '', entries: program }))
  await writeFile(join(root(id), 'server.js'), 'serve')
  const api = { command: ['node', 'server.js'], health: '/api/health', sources: [] }
  const site = siteSettings.parse({ static: 'web', api })
  const { plan } = local(instance, site, { ...needs, published: { id, folder: root(id) } })
  const published = plan.find((part): part is Step => part.kind === 'step' && part.name === 'published')
  const { world } = testWorld()
  const next = 'edge publish FOLDER --api FOLDER, with the same build, has it whole again'
  expect(await published?.observe(world)).toEqual({ missing: `API ${id}: server.js was changed; ${next}` })
  const refused = { message: `API ${id}: server.js was changed`, hints: [next] }
  await expect(published?.ensure(world, { missing: '' })).rejects.toMatchObject(refused)
})

describe('a folder that is built already', () => {
  it('is taken as it is, beside the configuration', () => {
    const { plan, provides } = room({ static: 'public' })
    expect(plan).toEqual([])
    expect(provides).toEqual({ static: { directory: join(folder, 'public'), after: [] }, ready: [], scraped: [] })
  })
})

describe('an API', () => {
  const site = {
    static: 'public',
    api: {
      command: ['node', 'server.js', '--port={port}'],
      health: '/api/health',
      sources: ['server.js'],
      environment: { LOG_LEVEL: 'info' },
    },
  }

  it('runs as two processes, each on a port of its own', () => {
    const { plan, provides } = room(site)
    expect(plan.map(({ name }) => name)).toEqual(['api1', 'api2', 'balancer'])
    expect(provides.api).toEqual({
      upstreams: [`unix:${instance.state}/run/api.sock`],
      keepsConnections: false,
      health: '/api/health',
      drain: duration('30 seconds'),
      timeout: duration('60 seconds'),
      streamIdle: duration('1 hour'),
    })
    expect(engine(site, 'api2').command).toEqual([process.execPath, 'server.js', '--port=20010'])
    expect(engine(site, 'api2').environment).toMatchObject({ HOST: '127.0.0.1', PORT: '20010', LOG_LEVEL: 'info' })
  })

  it('has its secrets in the environment and in no argument', () => {
    const { command, environment } = engine(site, 'api1')
    expect(environment).toMatchObject({
      DATABASE_URL: 'postgresql://app:app-secret@127.0.0.1:6432/app?sslmode=verify-full&sslrootcert=%2Ftls%2Fca.crt',
      DATABASE_SESSION_URL:
        'postgresql://app:app-secret@127.0.0.1:20011/app?sslmode=verify-full&sslrootcert=%2Ftls%2Fca.crt',
      TEST_PASSWORD: 'testAccounts-secret',
      PROXY_SECRET: 'proxy-secret',
    })
    expect(command.join(' ')).not.toContain('secret')
  })

  it('finds the Node of its command first, in what it starts, too', () => {
    const { PATH } = engine(site, 'api1').environment ?? {}
    expect(PATH?.split(':')[0]).toBe(dirname(process.execPath))
  })

  it('is started anew when its program changes', () => {
    expect(engine(site, 'api1').watches).toEqual([join(folder, 'server.js')])
  })

  it('waits for the schema where there are migrations, and for the database where there are none', () => {
    const migrations = { command: ['node', 'migrate.js'] }
    expect(engine(site, 'api1').after).toEqual(['pgbouncer', 'roles'])
    expect(engine({ ...site, migrations }, 'api1').after).toEqual(['pgbouncer', 'roles', 'migrations'])
  })

  it('has one process taken over after the other, so that one always answers', () => {
    expect(engine(site, 'api2').after).toEqual([...engine(site, 'api1').after, 'api1'])
  })

  it('listens where nginx asks, even if the configuration has a port of its own', () => {
    const stubborn = { ...site, api: { ...site.api, environment: { PORT: '3000', NODE_ENV: 'staging' } } }
    expect(engine(stubborn, 'api1').environment).toMatchObject({ PORT: '20009', NODE_ENV: 'staging' })
  })

  it('that was published runs in its own folder, and what lies in that of the configuration does not matter', () => {
    const published = { id: 'ab12', folder: '/state/api/releases/ab12' }
    const { provides } = local(instance, siteSettings.parse(site), { ...needs, published })
    const processes = provides.parts?.processes ?? []
    expect(processes.map(({ cwd, watches }) => [cwd, watches])).toEqual([
      [published.folder, []],
      [published.folder, []],
    ])
    expect(provides.api).toMatchObject({ release: 'ab12' })
  })

  it('is tried out beside the two that answer, as they are and on another port', () => {
    const trial = room(site).provides.parts?.trial(4711)
    expect(trial).toMatchObject({ name: 'api-trial', ready: { url: 'http://127.0.0.1:4711/api/health' } })
    expect(trial?.environment).toEqual({ ...engine(site, 'api1').environment, PORT: '4711' })
  })

  it('that runs already is only passed requests', () => {
    const { plan, provides } = room({ static: 'public', api: { url: 'http://127.0.0.1:9000', health: '/api/up' } })
    expect(plan).toEqual([])
    expect(provides.api).toEqual({
      upstreams: ['127.0.0.1:9000'],
      keepsConnections: true,
      health: '/api/up',
      drain: duration('30 seconds'),
      timeout: duration('60 seconds'),
      streamIdle: duration('1 hour'),
    })
  })

  it('that runs already has an address without a path, which nothing would keep', () => {
    const parsed = siteSettings.safeParse({ static: 'public', api: { url: 'http://127.0.0.1:9000/v1' } })
    expect(parsed.error?.message).toContain('must end after the host and the port')
  })
})

describe('migrations', () => {
  const { world } = testWorld()

  it("have the environment of the API's processes, as the schema's owner, and nothing of their caller's", async () => {
    const shell = testWorld({ env: { ...process.env, LEFT_OVER: 'of a shell', SECRET_KEY: 'of a shell' } })
    // It fails, so that what it printed is kept, and no database is needed.
    const script = 'console.log(JSON.stringify(process.env)); process.exit(1)'
    const environment = {
      SECRET_KEY: 'secret',
      DATABASE_URL: 'postgresql://other',
      TEST_ACCOUNTS: '7',
      NODE_ENV: 'staging',
    }
    const api = { command: ['node', 'server.js'], sources: ['server.js'], environment }
    const site = { static: 'public', api, migrations: { command: ['node', '-e', script], sources: ['web'] } }
    await step(site, 'migrations')
      .ensure(shell.world, { missing: '' })
      .catch(() => undefined)
    const printed: unknown = JSON.parse(await readFile(join(folder, 'state', 'logs', 'migrations.log'), 'utf8'))
    const { HOST: _, PORT: __, ...ofProcess } = engine(site, 'api1').environment ?? {}
    const owner = 'postgresql://app:owner-secret@127.0.0.1:20011/app?sslmode=verify-full&sslrootcert=%2Ftls%2Fca.crt'
    expect(printed).toEqual({
      HOME: instance.state,
      LANG: 'C.UTF-8',
      ...ofProcess,
      SECRET_KEY: 'secret',
      NODE_ENV: 'staging',
      DATABASE_URL: owner,
      DATABASE_SESSION_URL: owner,
      TEST_ACCOUNTS: '3',
    })
  })

  it("that fail show the command's own last words and are not taken for done", async () => {
    const site = {
      static: 'public',
      migrations: { command: ['node', '-e', 'console.log("no such table"); process.exit(1)'] },
    }
    await expect(step(site, 'migrations').ensure(world, { missing: '' })).rejects.toMatchObject({
      where: 'site: migrations',
      message: expect.stringMatching(/ended with 1:\nno such table$/),
      hints: [`the whole of it: ${join(folder, 'state', 'logs', 'migrations.log')}`],
    })
  })

  it('that are no program on this machine say so', async () => {
    const site = { static: 'public', migrations: { command: ['no-such-program', 'up'] } }
    await expect(step(site, 'migrations').ensure(world, { missing: '' })).rejects.toMatchObject({
      where: 'site: migrations',
      message: `no-such-program is not there to be run in ${folder}`,
    })
  })
})

describe('a build', () => {
  const { world } = testWorld()
  const script = `
    const { copyFileSync } = require('node:fs')
    copyFileSync('web/page.html', process.argv[1] + '/index.html')
    if (process.env.FAIL === 'yes') { console.error('page.html:1 is wrong'); process.exit(3) }`
  const site = { static: { command: ['node', '-e', script, '{output}'], sources: ['web'] } }
  const built = () => readFile(join(folder, 'state', 'build', 'web', 'index.html'), 'utf8')

  it('is missing at first, done afterwards, and missing again when a source changed', async () => {
    const build = step(site, 'build')
    const seen = [await build.observe(world)]
    await build.ensure(world, { missing: '' })
    seen.push(await build.observe(world))
    await writeFile(join(folder, 'web', 'page.html'), 'second')
    seen.push(await build.observe(world))
    expect(seen).toEqual([{ missing: 'nothing was built yet' }, 'done', { missing: 'the sources changed' }])
  })

  it('says where its sources are: git knows nothing of what it makes of them', () => {
    expect(room(site).provides.static).toMatchObject({ builtFrom: folder })
  })

  it('is missing when what was built is gone', async () => {
    const build = step(site, 'build')
    await build.ensure(world, { missing: '' })
    await rm(join(folder, 'state', 'build', 'web'), { recursive: true })
    expect(await build.observe(world)).toEqual({ missing: 'nothing was built yet' })
  })

  it('replaces what was built before as a whole', async () => {
    const build = step(site, 'build')
    await build.ensure(world, { missing: '' })
    await writeFile(join(folder, 'state', 'build', 'web', 'left-over.js'), '')
    await writeFile(join(folder, 'web', 'page.html'), 'second')
    await build.ensure(world, { missing: '' })
    expect(await readdir(join(folder, 'state', 'build', 'web'))).toEqual(['index.html'])
    expect(await built()).toBe('second')
  })

  it("that fails leaves the last one, shows the command's own words, and says where the rest is", async () => {
    const build = step(site, 'build')
    await build.ensure(world, { missing: '' })
    await writeFile(join(folder, 'web', 'page.html'), 'second')
    const failing = testWorld({ env: { ...process.env, FAIL: 'yes' } })
    await expect(build.ensure(failing.world, { missing: '' })).rejects.toMatchObject({
      where: 'site: build',
      message: expect.stringMatching(/ended with 3:\npage\.html:1 is wrong$/),
      hints: [`the whole of it: ${join(folder, 'state', 'logs', 'build.log')}`],
    })
    expect(await built()).toBe('first')
    expect(await build.observe(world)).toEqual({ missing: 'the sources changed' })
  })
})

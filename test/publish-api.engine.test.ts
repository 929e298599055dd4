import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import { type EdgeRun, project, TestInstance } from './instance.ts'
import { testWorld } from './world.ts'
import { type Files, writeFiles } from './write-files.ts'

const { world } = testWorld()
const pg = `${project}/node_modules/pg/esm/index.mjs`

/** An API that is healthy only with the column that its migration makes. */
const server = (version: string, column: string): string => `
import { createServer } from 'node:http'
import { Pool } from '${pg}'
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 2 })
pool.on('error', () => undefined)
let stopping = false
const server = createServer((request, response) => {
  // Or nginx would go on with a connection that it keeps.
  if (stopping) response.setHeader('connection', 'close')
  pool.query('select ${column} from notes').then(
    () => response.end('${version}'),
    (error) => response.writeHead(500).end(String(error)),
  )
})
server.listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => {
  stopping = true
  server.close(() => pool.end())
})
`
const migration = (statement: string): string => `
import { Client } from '${pg}'
const client = new Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
await client.query(${JSON.stringify(statement)})
await client.end()
console.log('migrated')
`
const one = 'create table if not exists notes (text text)'
const two = 'alter table notes add column if not exists title text'
const contracting = `${two}; alter table notes drop column if exists text`

const page = (version: string): string => `<title>${version}</title>`
const versionIn = (body: Buffer): string => body.toString().replaceAll(/<.*?>/g, '')

let instance: TestInstance
const folder = (name: string): string => join(instance.folder, name)
const write = (files: Files): Promise<void> => writeFiles(instance.folder, files)

/** A build of web and API, as a pipeline leaves it: `dist` and `api`. */
async function build(version: string, column: string, statement: string): Promise<void> {
  await Promise.all(['dist', 'api'].map((name) => rm(folder(name), { recursive: true, force: true })))
  await write({
    'dist/index.html': page(version),
    'api/server.mjs': server(version, column),
    'api/migrate.mjs': migration(statement),
    'api/node_modules/left-pad/index.js': '// a package',
  })
  await mkdir(folder('api/node_modules/.bin'))
  await symlink('../left-pad/index.js', folder('api/node_modules/.bin/left-pad'))
}
const publish = (...more: string[]): Promise<EdgeRun> =>
  instance.edge(['publish', folder('dist'), '--api', folder('api'), ...more])

let site: Parameters<typeof siteClient>[0]
const client = () => siteClient(site)
/** What page and API answer now. */
async function answers(): Promise<readonly string[]> {
  const { ask, close } = await client()
  const seen = [await ask('/'), await ask('/api/version'), await ask('/api/version')]
  await close()
  return [...new Set(seen.map(({ status, body }) => (status === 200 ? versionIn(body) : String(status))))]
}
type Listed = {
  readonly live: string
  readonly releases: readonly { readonly id: string; readonly api: string | null }[]
}
const listed = async (): Promise<Listed> => JSON.parse(await instance.answer('releases', '--json'))
const liveApi = async (): Promise<string | null | undefined> => {
  const { live, releases } = await listed()
  return releases.find(({ id }) => id === live)?.api
}
/** As their supervisors say it: `edge status` looks at everything else, too. */
const pids = async (): Promise<readonly number[]> =>
  Promise.all(
    ['api1', 'api2'].map(async (name) => {
      const ran = await world.run(['s6-svstat', '-o', 'pid', join(instance.state, 's6', name)])
      return Number(ran.stdout)
    }),
  )
/** The folders that both processes work in. */
const runsIn = async (): Promise<readonly string[]> =>
  Promise.all((await pids()).map((pid) => readlink(`/proc/${pid}/cwd`)))
const releaseFolder = (id: string | null | undefined): string => join(instance.state, 'api', 'releases', id ?? '')
const planned = async (): Promise<unknown> => JSON.parse(await instance.answer('plan', '--json'))

/** Eight visitors who load the page and ask the API, over and over, while something is done. */
async function visited(work: () => Promise<unknown>): Promise<{ failed: readonly string[]; pairs: readonly string[] }> {
  const failed: string[] = []
  const pairs = new Set<string>()
  const done = new AbortController()
  const visitor = async (): Promise<void> => {
    const { ask, close } = await client()
    let before = ''
    for (let turn = 0; !done.signal.aborted; turn += 1) {
      const path = turn % 2 === 0 ? '/' : '/api/version'
      const { status, body } = await ask(path)
      if (status !== 200) failed.push(`${path} ${status} ${body.toString()}`)
      const saw = `${path === '/' ? 'page' : 'API'} ${versionIn(body)}`
      pairs.add(`${before} then ${saw}`)
      before = saw
      // Visitors, not a load test.
      await wait(10)
    }
    await close()
  }
  const visitors = Promise.all(Array.from({ length: 8 }, visitor))
  await work().finally(() => done.abort())
  await visitors
  return { failed, pairs: [...pairs] }
}

beforeAll(async () => {
  instance = await TestInstance.make(`
  directory: import.meta.dirname,
  site: {
    static: 'public',
    api: { command: ['node', 'server.mjs'], health: '/api/health', sources: ['server.mjs'] },
    migrations: { command: ['node', 'migrate.mjs'], sources: ['migrate.mjs'] },
  },`)
  await write({ 'public/index.html': page('one'), 'server.mjs': server('one', 'text'), 'migrate.mjs': migration(one) })
  await instance.must('up', '--no-load-test')
  const { addresses, certificateAuthority } = await instance.status()
  site = { https: addresses.site, ca: certificateAuthority }
})
afterAll(() => instance.remove())

describe('a release of web and API', () => {
  it('replaces both under constant visitors, the API first, and none of them sees an error', async () => {
    await build('two', 'title', two)
    const { failed, pairs } = await visited(async () => expect(await publish()).toMatchObject({ code: 0 }))
    expect(failed).toEqual([])
    expect(pairs).toContain('page two then API two')
    expect(pairs).not.toContain('page two then API one')
    expect(await answers()).toEqual(['two'])
    const api = await liveApi()
    expect(JSON.parse((await instance.must('status', '--json')).stdout)).toMatchObject({ release: { api } })
    expect(await runsIn()).toEqual([releaseFolder(api), releaseFolder(api)])
  })

  it('that is live already changes nothing, and neither do plan, deploy and a web of its own', async () => {
    const before = [await pids(), await liveApi()]
    expect((await publish()).stdout).toContain('nothing changed')
    expect(await planned()).toMatchObject({ changes: [] })
    await write({ 'dist/index.html': `${page('two')}<!-- again -->` })
    await instance.must('publish', folder('dist'))
    await instance.must('deploy', '--yes', 'app')
    expect([await pids(), await liveApi()]).toEqual(before)
  })

  it('goes back as a whole, the web first, to the API of the project’s folder', async () => {
    const first = (await listed()).releases.find(({ api }) => api === null)?.id ?? ''
    let said = ''
    const { failed, pairs } = await visited(async () => {
      said = (await instance.must('rollback', first)).stdout
    })
    expect(failed).toEqual([])
    expect(said).toContain("is live with the configuration's API")
    expect(said).not.toContain('stays as it is')
    expect(pairs).not.toContain('API one then page two')
    expect(await answers()).toEqual(['one'])
    expect(await runsIn()).toEqual([instance.folder, instance.folder])
    expect(await planned()).toMatchObject({ changes: [] })
  })

  it('comes from a pipeline as one tar', async () => {
    await build('three', 'title', two)
    const command = `tar -c dist api | ${join(project, 'edge')} publish - --web dist --api api --config ${instance.file}`
    const ran = await world.run(['sh', '-c', command], { cwd: instance.folder })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(await answers()).toEqual(['three'])
  })
})

describe('a release that cannot be had leaves everything as it was', () => {
  let before: unknown[] = []
  const state = async () => [await pids(), await listed(), await answers()]
  beforeEach(async () => {
    before = await state()
  })

  /** Not from its start on: a busy machine may take longer to ask it than it has. */
  const onceAsked = (does: string): string => `server.once('request', () => { ${does} })`

  it.each([
    ['', 'setTimeout(() => process.exit(7), 1200)'],
    // As a program does that stops in good order: for a second it runs, and nobody is answered.
    [
      ', and takes its time for that',
      'setTimeout(() => (server.close(), server.closeAllConnections()), 700); setTimeout(() => process.exit(7), 1700)',
    ],
  ])('whose API answers, and ends a moment later%s', async (_, end) => {
    await build('9', 'title', two)
    const ending = `${server('9', 'title')}\n${onceAsked(end)}\n`
    await write({ 'api/server.mjs': ending })
    const ran = await publish()
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining('the new API answered, and ended with exit code 7 within 5 s'),
    ])
    expect(await state()).toEqual(before)
  })

  it('whose processes end a moment later, though the one that was tried out did not', async () => {
    await build('10', 'title', two)
    // The kernel gives the trial a port of those for connections that go out.
    const end = `if (Number(process.env.PORT) < 32_768) ${onceAsked('setTimeout(() => process.exit(7), 2500)')}`
    await write({ 'api/server.mjs': `${server('10', 'title')}\n${end}\n` })
    const [live, said] = [await listed(), await answers()]
    const ran = await publish()
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/answered, and ended with exit code 7 within \d+ s/),
    ])
    expect([await listed(), await answers()]).toEqual([live, said])
  })

  it('whose API does not start, and shows its last words', async () => {
    await build('four', 'title', two)
    await write({ 'api/server.mjs': `console.error('no such setting: COLOUR'); process.exit(3)` })
    const ran = await publish()
    expect(ran.code).toBe(1)
    const how = /the new API does not start: it ended [3-9] times within [0-9.]+ s, the last time with exit code 3\n/
    expect(ran.stderr).toMatch(how)
    expect(ran.stderr).toContain('no such setting: COLOUR')
    expect(ran.stderr).toContain(
      `API ${await liveApi()} still answers; its migrations had run by then: what they added`,
    )
    expect(await state()).toEqual(before)
  })

  it('whose migrations take away what the live one may use, until that is named', async () => {
    await build('five', 'title', contracting)
    const words = expect.stringContaining('public.notes.text is gone')
    expect(await publish()).toMatchObject({ code: 1, stderr: words })
    expect(await state()).toEqual(before)
    expect(await publish(), 'asked again, it is no less gone').toMatchObject({ code: 1, stderr: words })
    const { live } = await listed()
    const ran = await publish('--contract', 'public.notes.text')
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining(`edge rollback refuses ${live}`)])
    expect(ran.stdout).toContain(`edge rollback ${live} --contract public.notes.text\n`)
    expect(ran.stdout).not.toContain('back\n')
    expect(await answers()).toEqual(['five'])
  })

  it('that is given wrongly: each mistake has its own words, and ends with 2', async () => {
    await build('never', 'title', two)
    const said = async (...args: string[]): Promise<unknown> => {
      const { code, stderr } = await instance.edge(['publish', ...args])
      return [code, stderr.split('\n')[0]?.replaceAll(instance.folder, '')]
    }
    const refused = (what: string): unknown => [2, `✗ ${what}`]
    const [dist, api] = [folder('dist'), folder('api')]
    expect(await said(dist, '--api', folder('nowhere'))).toEqual(refused('--api: /nowhere is not there'))
    expect(await said(dist, '--api', instance.folder)).toEqual(refused('--api:  holds the state of this instance'))
    expect(await said(dist, '--web', 'dist')).toEqual(refused('--web: names a folder of a tar on standard input'))
    await symlink('/etc/passwd', folder('api/users'))
    expect(await said(dist, '--api', api)).toEqual(refused('--api: users is a link out of the folder (to /etc/passwd)'))
    await rm(folder('api/users'))
    await chmod(folder('api/server.mjs'), 0o000)
    expect(await said(dist, '--api', api)).toEqual(refused('--api: /api/server.mjs cannot be read (EACCES)'))
    const configuration = await readFile(instance.file, 'utf8')
    await writeFile(instance.file, configuration.replace(/api: \{.*\},/, `api: { url: 'http://127.0.0.1:9' },`))
    const elsewhere = 'this API runs elsewhere (site.api.url), and is released there'
    expect(await said(dist, '--api', api).finally(() => writeFile(instance.file, configuration))).toEqual(
      refused(`--api: ${elsewhere}`),
    )
    expect(await state()).toEqual(before)
  })
})

describe('what migrations took away', () => {
  it('is named by a rollback over it, which goes on only where it is said to be used no more', async () => {
    const [before, was] = [await listed(), await pids()]
    const words = expect.stringContaining('is older than the schema, which lost since then: public.notes.text')
    expect(await instance.edge(['rollback'])).toMatchObject({ code: 1, stderr: words })
    expect([await listed(), await pids()]).toEqual([before, was])
    const because = expect.stringContaining('may use what was taken away since (public.notes.text)')
    const verdict = () => instance.judgement('cdn.rollback')
    expect(await verdict()).toMatchObject({ verdict: 'notClaimed', because })
    await instance.must('rollback', '--contract', 'public.notes.text')
    expect(await answers()).toEqual(['three'])
    await instance.must('rollback', before.live)
    expect(await answers()).toEqual(['five'])
  })
})

describe('a file of the live API that a hand has altered', () => {
  it('is seen by plan and verify while it is live, and put right by publishing the same build again', async () => {
    const api = await liveApi()
    const program = join(releaseFolder(api), 'server.mjs')
    await chmod(program, 0o644)
    await writeFile(program, `${await readFile(program, 'utf8')}// by hand`)
    const what = `API ${api}: server.mjs was changed`
    expect(JSON.stringify(await planned())).toContain(what)
    const verdict = () => instance.judgement('cdn.atomicReleases')
    expect(await verdict()).toMatchObject({ verdict: 'broken', because: what })
    const [ran, before] = [await instance.edge(['deploy', '--yes', 'app']), await pids()]
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(what)])
    expect(ran.stderr).toContain('hint: edge publish FOLDER --api FOLDER')
    expect(await pids()).toEqual(before)
    await build('five', 'title', contracting)
    expect(await publish()).toMatchObject({ code: 0 })
    expect(await liveApi()).toBe(`${api}.2`)
    expect(await planned()).toMatchObject({ changes: [] })
    expect(await verdict()).toMatchObject({ verdict: 'kept' })
  })
})

describe('after kill -9 in the middle of the replacement', () => {
  it('web and API are of one release again with the next command', async () => {
    const [was, api] = [await answers(), await liveApi()]
    await build('six', 'title', two)
    const args = ['publish', '--config', instance.file, folder('dist'), '--api', folder('api')]
    const child = spawn(join(project, 'edge'), args, { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const unfinished = () => instance.read('api/unfinished').catch(() => '')
    await expect.poll(unfinished, { interval: 5 }).toBe('replace')
    child.kill('SIGKILL')
    await ended
    await write({ 'dist/index.html': page(was[0] ?? '') })
    await instance.must('publish', folder('dist'))
    expect(await liveApi()).toBe(api)
    expect(await runsIn()).toEqual([releaseFolder(api), releaseFolder(api)])
    expect(await unfinished()).toBe('')
    expect(await publish()).toMatchObject({ code: 0 })
    expect(await runsIn()).toEqual([releaseFolder(await liveApi()), releaseFolder(await liveApi())])
  })
})

describe("when the project's own API changes", () => {
  it('edge plan says so, edge deploy has it run again, and edge rollback the published one', async () => {
    const published = await liveApi()
    await write({ 'server.mjs': server('own', 'title') })
    expect(JSON.stringify(await planned())).toContain(`takes the place of the published ${published}`)
    await instance.must('deploy', '--yes', 'app')
    expect([await runsIn(), await liveApi()]).toEqual([[instance.folder, instance.folder], null])
    expect((await answers()).at(-1)).toBe('own')
    expect(JSON.parse((await instance.must('status', '--json')).stdout)).toMatchObject({ release: { api: null } })
    expect(await planned()).toMatchObject({ changes: [] })
    const rollback = () => instance.judgement('cdn.rollback')
    expect(await rollback()).toMatchObject({ verdict: 'kept' })
    const [program, aside] = [join(releaseFolder(published), 'server.mjs'), folder('aside.mjs')]
    await rename(program, aside)
    const because = expect.stringContaining(`API ${published}: server.mjs`)
    expect(await rollback()).toMatchObject({ verdict: 'broken', because })
    await rename(aside, program)
    expect(await rollback()).toMatchObject({ verdict: 'kept' })
    await instance.must('rollback')
    expect([await runsIn(), await liveApi()]).toEqual([[releaseFolder(published), releaseFolder(published)], published])
    expect(await planned()).toMatchObject({ changes: [] })
  })
})

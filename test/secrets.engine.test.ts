import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import type { Addresses } from '../infrastructure/database/addresses.ts'
import { addressesIn } from '../infrastructure/database/sabotage.ts'
import { startWriting } from '../infrastructure/database/write-load.ts'
import { messageOf } from '../src/core/errors.ts'
import { type PgAddress, withClient } from '../src/engines/postgres.ts'
import { readRotation } from '../src/targets/local/rotation.ts'
import { project, TestInstance } from './instance.ts'
import { hands } from './sabotaged.ts'

const visitors = 4
const writers = 8

/** An API that signs in anew for each request, by each of its three ways in: whatever is refused, a visitor meets. */
const server = `
import { createServer } from 'node:http'
import { Client } from '${project}/node_modules/pg/esm/index.mjs'
const { DATABASE_URL, DATABASE_READER_URL, DATABASE_SESSION_URL, HOST, PORT } = process.env
async function asked(connectionString, query) {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(query)).rows
  } finally {
    await client.end()
  }
}
const server = createServer(async (request, response) => {
  if (request.url === '/api/health') return response.end('{}')
  try {
    await asked(DATABASE_URL, "insert into note values ('one')")
    await asked(DATABASE_READER_URL, 'select count(*) from note')
    response.end(JSON.stringify(await asked(DATABASE_SESSION_URL, 'select current_user as name')))
  } catch (error) {
    response.writeHead(500).end(error.message)
  }
})
server.listen(Number(PORT), HOST)
process.on('SIGTERM', () => server.close())
`
const migrate = `
import { Client } from '${project}/node_modules/pg/esm/index.mjs'
const client = new Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
// As an app has it whose schema is its role's: found by "$user" alone.
await client.query('create schema if not exists app; create table if not exists app.note (text text)')
await client.query('grant usage on schema app to app; grant select, insert on app.note to app')
await client.end()
`

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make(`
  directory: import.meta.dirname,
  monitoring: { enabled: true },
  site: {
    static: 'public',
    api: { command: ['node', 'server.mjs'], health: '/api/health', sources: ['server.mjs'] },
    migrations: { command: ['node', 'migrate.mjs'], sources: ['migrate.mjs'] },
  },`)
  await mkdir(join(instance.folder, 'public'))
  await writeFile(join(instance.folder, 'public/index.html'), '<!doctype html><title>Mine</title>')
  await writeFile(join(instance.folder, 'server.mjs'), server)
  await writeFile(join(instance.folder, 'migrate.mjs'), migrate)
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

const addressesNow = async (): Promise<Addresses> => addressesIn(await hands(instance))

async function secretsNow(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(join(instance.state, 'secrets'))).filter((name) => name !== 'pgpass')
  return new Map(
    await Promise.all(names.map(async (name) => [name, (await instance.read(`secrets/${name}`)).trim()] as const)),
  )
}

/** What visitors and writers that are connected see while something is done. */
async function underLoad(work: () => Promise<void>) {
  const address = { ...(await addressesNow()).edge, database: 'app' }
  // Those that are connected stay so, whatever their password was.
  const writing = await startWriting(address, writers, 30_000)
  const { addresses, certificateAuthority } = await instance.status()
  const done = new AbortController()
  const failed: string[] = []
  let answered = 0
  const visitor = async (): Promise<void> => {
    const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
    while (!done.signal.aborted) {
      const { status, body } = await site.ask('/api/note')
      if (status === 200) answered += 1
      else failed.push(`${status} ${body.toString()}`)
    }
    await site.close()
  }
  const all = Promise.all(Array.from({ length: visitors }, visitor))
  await work().finally(() => done.abort())
  await all
  address.password = (await addressesNow()).edge.password
  const { errors, lost } = await writing.stop()
  return { answered, failed: [...failed, ...errors], lost }
}

const signsIn = (address: PgAddress): Promise<string> =>
  withClient(address, (client) => client.query('select 1')).then(
    () => 'in',
    (error: unknown) => messageOf(error),
  )

/** Every way in, by which nobody may come with what was before. */
const doors = ({ app, appReader, session, owner, superuser, edge, members }: Addresses): readonly PgAddress[] => [
  app,
  appReader,
  session,
  owner,
  superuser,
  edge,
  members.pg1,
]

async function isOver(before: ReadonlyMap<string, string>, addressesBefore: Addresses): Promise<void> {
  const after = await secretsNow()
  const same = [...after].flatMap(([name, value]) => (before.get(name) === value ? [name] : []))
  expect(same.toSorted()).toEqual(['backup', 'proxy', 'testAccounts'])
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted())
  const addresses = await addressesNow()
  expect(await Promise.all(doors(addresses).map(signsIn))).toEqual(doors(addresses).map(() => 'in'))
  for (const refusal of await Promise.all(doors(addressesBefore).map(signsIn)))
    expect(refusal).toMatch(/authentication failed/)
  const { rows } = await withClient(addresses.superuser, (client) =>
    client.query("select rolname from pg_roles where rolname like '%spare'"),
  )
  expect(rows).toEqual([])
  expect(JSON.parse((await instance.must('plan', '--json')).stdout)).toMatchObject({ changes: [] })
  const judged = await instance.verify('database', 'app')
  expect([...judged.values()].filter(({ verdict }) => verdict === 'broken')).toEqual([])
}

describe('edge secrets rotate', () => {
  it('changes every password while writers and visitors are served, and none of them fails', async () => {
    const [before, addressesBefore] = [await secretsNow(), await addressesNow()]
    const seen = await underLoad(async () => {
      const { stdout } = await instance.must('secrets', 'rotate', '--json')
      expect(JSON.parse(stdout)).toMatchObject({
        continued: false,
        replaced: expect.arrayContaining(['app', 'superuser']),
      })
    })
    expect(seen).toMatchObject({ failed: [], lost: 0 })
    expect(seen.answered).toBeGreaterThan(50)
    await isOver(before, addressesBefore)
  })

  it('leaves no secret in a log, and none that others may read', async () => {
    const secrets = [...(await secretsNow()).values()]
    const folder = join(instance.state, 'logs')
    const logs = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const { parentPath, name } of logs.filter((entry) => entry.isFile())) {
      const log = await readFile(join(parentPath, name), 'utf8')
      expect(secrets.filter((secret) => log.includes(secret))).toEqual([])
    }
    for (const name of await readdir(join(instance.state, 'secrets')))
      expect((await stat(join(instance.state, 'secrets', name))).mode & 0o777).toBe(0o600)
  })

  it('ends in the same state where it is killed in each stage, with no request failed', async () => {
    const [before, addressesBefore] = [await secretsNow(), await addressesNow()]
    const seen = await underLoad(async () => {
      for (const [stage, afterMs] of [
        ['aside', 1000],
        ['back', 0],
        ['back', 1500],
      ] as const) {
        const child = spawn(join(project, 'edge'), ['secrets', 'rotate', '--config', instance.file], {
          stdio: 'ignore',
        })
        const ended = once(child, 'exit')
        while (child.exitCode === null && (await readRotation(instance.state))?.stage !== stage) await wait(10)
        await wait(afterMs)
        child.kill('SIGKILL')
        expect(await ended).toEqual([null, 'SIGKILL'])
      }
      const { stdout } = await instance.must('secrets', 'rotate', '--json')
      expect(JSON.parse(stdout)).toMatchObject({ continued: true })
    })
    expect(seen).toMatchObject({ failed: [], lost: 0 })
    await isOver(before, addressesBefore)
  })

  it('changes nothing where the configuration was changed and not deployed', async () => {
    const text = await readFile(instance.file, 'utf8')
    await writeFile(
      instance.file,
      text.replace('database: { replicas: 0 }', "database: { replicas: 0, pool: { wait: '29 seconds' } }"),
    )
    const before = await secretsNow()
    const { code, stderr } = await instance.edge(['secrets', 'rotate'])
    await writeFile(instance.file, text)
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not as the configuration says .* nothing was changed/),
    })
    expect(await secretsNow()).toEqual(before)
  })
})

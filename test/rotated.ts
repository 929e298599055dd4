import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import type { Addresses } from '../infrastructure/database/addresses.ts'
import { addressesIn } from '../infrastructure/database/sabotage.ts'
import { startWriting } from '../infrastructure/database/write-load.ts'
import { messageOf } from '../src/core/errors.ts'
import { type PgAddress, withClient } from '../src/engines/postgres.ts'
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

/** An instance whose secrets a test replaces, while visitors and writers are served. */
export class Rotated {
  readonly instance: TestInstance

  private constructor(instance: TestInstance) {
    this.instance = instance
  }

  static async up(): Promise<Rotated> {
    const instance = await TestInstance.make(`
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
    return new Rotated(instance)
  }

  async addressesNow(): Promise<Addresses> {
    return addressesIn(await hands(this.instance))
  }

  async secretsNow(): Promise<ReadonlyMap<string, string>> {
    const names = (await readdir(join(this.instance.state, 'secrets'))).filter((name) => name !== 'pgpass')
    return new Map(
      await Promise.all(
        names.map(async (name) => [name, (await this.instance.read(`secrets/${name}`)).trim()] as const),
      ),
    )
  }

  /** What visitors and writers that are connected see while something is done. */
  async underLoad(work: () => Promise<void>) {
    const address = { ...(await this.addressesNow()).edge, database: 'app' }
    // Those that are connected stay so, whatever their password was.
    const writing = await startWriting(address, writers, 30_000)
    const { addresses, certificateAuthority } = await this.instance.status()
    const done = new AbortController()
    const failed: string[] = []
    let answered = 0
    const visitor = async (): Promise<void> => {
      const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
      while (!done.signal.aborted) {
        const { status, body } = await site.ask('/api/note')
        if (status === 200) answered += 1
        else failed.push(`${status} ${body.toString()}`)
        // Visitors, not a load test: each request signs in three times.
        await wait(20)
      }
      await site.close()
    }
    const all = Promise.all(Array.from({ length: visitors }, visitor))
    await work().finally(() => done.abort())
    await all
    address.password = (await this.addressesNow()).edge.password
    const { errors, lost } = await writing.stop()
    return { answered, failed: [...failed, ...errors], lost }
  }
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

/** All that is to be replaced was, nobody comes in with what was before, and nothing else is to be done. */
export async function isOver(
  on: Rotated,
  before: ReadonlyMap<string, string>,
  addressesBefore: Addresses,
): Promise<void> {
  const after = await on.secretsNow()
  const same = [...after].flatMap(([name, value]) => (before.get(name) === value ? [name] : []))
  expect(same.toSorted()).toEqual(['backup', 'proxy', 'testAccounts'])
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted())
  const addresses = await on.addressesNow()
  expect(await Promise.all(doors(addresses).map(signsIn))).toEqual(doors(addresses).map(() => 'in'))
  for (const refusal of await Promise.all(doors(addressesBefore).map(signsIn)))
    expect(refusal).toMatch(/authentication failed/)
  const { rows } = await withClient(addresses.superuser, (client) =>
    client.query("select rolname from pg_roles where rolname like '%spare'"),
  )
  expect(rows).toEqual([])
  expect(JSON.parse((await on.instance.must('plan', '--json')).stdout)).toMatchObject({ changes: [] })
  const judged = await on.instance.verify('database', 'app')
  expect([...judged.values()].filter(({ verdict }) => verdict === 'broken')).toEqual([])
}

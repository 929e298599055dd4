import { join } from 'node:path'
import { Client, DatabaseError } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, type PgAddress, urlOf, withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { testWorld } from '../../test/world.ts'
import type { Addresses } from './addresses.ts'
import type { Cluster } from './cluster.ts'
import { killPrimary } from './kill-primary.ts'
import { atWorkNow } from './pool-console.ts'
import { refusalOf } from './refusal.ts'
import { addressesIn, clusterIn, setInPool } from './sabotage.ts'
import { socketFolder } from './sockets.ts'

const sessions = 3
let instance: TestInstance
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make(`database: { replicas: 0, pool: { session: ${sessions}, wait: '6 seconds' } },`)
  // It ends with 1: no agent keeps the pool at its minimum, and six seconds are not what is promised.
  await instance.edge(['deploy', 'database', '--yes'])
  const on = await hands(instance)
  addresses = addressesIn(on)
  cluster = clusterIn(on)
})
afterAll(() => instance.remove())

const both = () => [addresses.app, addresses.session] as const

/** All that a session keeps, by one who does not tidy up. */
const leaves = `create temporary table left_behind (); prepare left_behind as select 1;
  set search_path = left_behind; set statement_timeout = 12345; set time zone 'Asia/Tokyo'; listen left_behind;
  select pg_advisory_lock_shared(4711); set default_transaction_read_only = on; set role none`

const finds = `select pg_backend_pid() as pid, array_remove(array[current_user::text, current_setting('search_path'),
  current_setting('statement_timeout'), current_setting('default_transaction_read_only'), current_setting('TimeZone'),
  to_regclass('pg_temp.left_behind')::text, (select string_agg(name, ',') from pg_prepared_statements),
  (select string_agg(channel, ',') from pg_listening_channels() as channel),
  (select string_agg(objid::text, ',') from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())], null) as found`

type Found = { readonly pid: number; readonly found: readonly string[] }
const whatIsFound = async (client: Client): Promise<Found[]> => (await client.query<Found>(finds)).rows

async function asMany(count: number, door: PgAddress, use: (client: Client) => Promise<Found[]>): Promise<Found[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => connect(door)))
  const seen = await Promise.all(clients.map(use))
  await Promise.all(clients.map((client) => client.end()))
  return seen.flat()
}

describe('what thirty clients leave behind', () => {
  test.each([
    ['transaction', 30],
    ['session', sessions],
  ] as const)('shows to none of those after them at the %s door', async (name, count) => {
    const door = both()[name === 'session' ? 1 : 0]
    const untouched = await withClient(door, whatIsFound)
    for (let done = 0; done < 30; done += count) {
      await asMany(count, door, async (client) => {
        await client.query(leaves)
        return []
      })
    }
    const after = await asMany(count, door, whatIsFound)
    expect(new Set(after.map(({ found }) => found.join(' ')))).toEqual(new Set([untouched[0]?.found.join(' ')]))
  })

  test('locks nobody out', async () => {
    const free = await withClient(addresses.superuser, (client) =>
      client.query("select from pg_locks where locktype = 'advisory' and objid = 4711"),
    )
    expect(free.rowCount).toBe(0)
  })
})

const parameters = [
  ['statement_timeout', 'statement_timeout=4321', '4321ms'],
  ['options', `options=${encodeURIComponent('-c statement_timeout=4322 -c search_path=pg_catalog')}`, '4322ms'],
  ['idle_in_transaction_session_timeout', 'idle_in_transaction_session_timeout=4323', '4323ms'],
] as const

describe('a parameter with which a driver begins', () => {
  const beginning = async (door: PgAddress, parameter: string): Promise<Client> => {
    const client = new Client({ connectionString: `${urlOf(door)}&${parameter}` })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  test.each(parameters)('is in force at the session door: %s', async (name, given, value) => {
    const client = await beginning(addresses.session, given)
    const { rows } = await client.query<{ is: string }>('select current_setting($1) as is', [
      name === 'options' ? 'statement_timeout' : name,
    ])
    await client.end()
    expect(rows).toEqual([{ is: value }])
  })

  test.each(parameters)(
    'is refused by its name at the transaction door, and never left out: %s',
    async (name, given) => {
      await expect(beginning(addresses.app, given)).rejects.toThrow(`unsupported startup parameter: ${name}`)
    },
  )
})

describe('the session door', () => {
  test('lets in the app, with its rights and no others', async () => {
    const { rows } = await withClient(addresses.session, (client) =>
      client.query(
        "select current_user as is, has_schema_privilege('public', 'create') as makes, pg_is_in_recovery() as reads",
      ),
    )
    expect(rows).toEqual([{ is: 'app', makes: false, reads: false }])
  })

  test('delivers what is listened for', async () => {
    await withClient(addresses.session, async (listener) => {
      await listener.query('listen news')
      const heard = new Promise((resolve) => {
        listener.once('notification', ({ payload }) => resolve(payload))
      })
      await withClient(addresses.app, (client) => client.query("select pg_notify('news', 'told')"))
      expect(await heard).toBe('told')
    })
  })

  test('has those wait for whom there is no room, lets them in when one leaves, and tells the others why not', async () => {
    const inside = await Promise.all(Array.from({ length: sessions }, () => connect(addresses.session)))
    const refused = await connect(addresses.session).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DatabaseError)
    expect(refused).toMatchObject({ code: '53300', message: 'too many connections for role "app_session"' })
    const waiting = connect(addresses.session)
    await inside.pop()?.end()
    const next = await waiting
    await Promise.all([...inside, next].map((client) => client.end()))
  })

  test('lets migrations in, however full it is', async () => {
    const inside = await Promise.all(Array.from({ length: sessions }, () => connect(addresses.session)))
    const { rows } = await withClient(addresses.owner, (client) => client.query('select current_user as is'))
    expect(rows).toEqual([{ is: 'app_owner' }])
    await Promise.all(inside.map((client) => client.end()))
  })

  test('leads to the new primary when there is one', async () => {
    const port = () =>
      withClient(
        addresses.session,
        async (client) => (await client.query("select current_setting('port')::int as is")).rows,
      )
    const before = await port()
    const held = await connect(addresses.session)
    const ended = new Promise((resolve) => {
      held.once('end', () => resolve('ended'))
    })
    await killPrimary(instance.state, addresses, cluster)
    expect(await ended).toBe('ended')
    await expect.poll(port).not.toEqual(before)
  })
})

test('a pool that keeps a connection for each client is called that', async () => {
  const on = await hands(instance, 'database')
  await setInPool(on, 'pool_mode', 'session')
  const seen = await instance.judgement('database.poolMaximum')
  await on.converge()
  expect(seen).toMatchObject({
    verdict: 'broken',
    because: 'the running pool keeps a connection for each client (pool_mode = session), not for each transaction',
  })
})

test.each([
  ["alter role app valid until '2020-01-01'", 'app takes no new connection'],
  ['alter role app_session connection limit 2', 'app_session takes 2 connections at most'],
  ['alter database app connection limit 20', 'the database app takes 20 connections at most'],
])('who does not get in any more is told of, and let in again: %s', async (statement, because) => {
  const on = await hands(instance, 'database')
  await withClient(addresses.superuser, (client) => client.query(statement))
  expect(await instance.verdict('database.poolMinimum')).toBe(`broken: ${because}`)
  await on.converge()
  expect(await instance.verdict('database.poolMinimum')).not.toContain(because)
})

test('the sockets that a hand has closed are opened again, before the pool comes that way', async () => {
  const on = await hands(instance, 'database')
  const { user, password, database } = addresses.app
  const bySocket = ({ port }: PgAddress) =>
    refusalOf({ host: socketFolder(on.instance), port, user, password, database }).then((error) =>
      error instanceof Error ? error.message : 'in',
    )
  const members = cluster.members.map((name) => ({ name, server: addresses.members[name] }))
  for (const { name, server } of members) {
    await on.edit(join('data', name, 'pg_hba.conf'), (text) => text.replace(/^local .*\n/m, ''))
    await withClient(server, (client) => client.query('select pg_reload_conf()'))
    await expect.poll(() => bySocket(server)).toContain('no pg_hba.conf entry')
  }
  await on.converge()
  expect(await Promise.all(members.map(({ server }) => bySocket(server)))).toEqual(members.map(() => 'in'))
})

test('HAProxy warns of nothing in its configuration', async () => {
  const file = join(instance.state, 'engines', 'haproxy', 'haproxy.cfg')
  const { code, stdout, stderr } = await testWorld().world.run(['haproxy', '-c', '-f', file])
  expect([code, `${stdout}${stderr}`.match(/WARNING.*/g)]).toEqual([0, null])
})

test('says how many connections the primary has, those that pass the pool by among them, and of how many', async () => {
  const { connections: before } = await atWorkNow(addresses.superuser)
  const clients = await Promise.all(Array.from({ length: 40 }, () => connect(addresses.superuser)))
  const { connections } = await atWorkNow(addresses.superuser)
  await Promise.all(clients.map((client) => client.end()))
  expect([before.most, connections.most]).toEqual([500, 500])
  // The pool opens and closes some meanwhile.
  expect(connections.open - before.open).toBeGreaterThan(30)
})

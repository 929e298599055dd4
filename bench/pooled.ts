import { setTimeout as wait } from 'node:timers/promises'
import { type Addresses, addressesOf } from '../infrastructure/database/addresses.ts'
import { withClient } from '../src/engines/postgres.ts'
import { tlsFiles } from '../src/targets/local/certificate.ts'
import { TestInstance } from '../test/instance.ts'
import { hands } from '../test/sabotaged.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { makeTables, pgbench, ratiosOf } from './pgbench.ts'
import { result } from './result.ts'

const rounds = 10
const scale = 20
const manyClients = 1000
const transactionsOfEach = 20

/** The way of the app, through PgBouncer and HAProxy, against the primary itself; all of it over TLS. */
async function pooled(bench: Bench): Promise<void> {
  const instance = await TestInstance.make('database: undefined,')
  try {
    // It ends with 1: alone, no agent keeps the pool at its minimum.
    await instance.edge(['deploy', 'database', '--yes'])
    const addresses = addressesOf((await hands(instance)).instance, tlsFiles(instance.state).ca)
    await makeTables(addresses.owner, scale)
    await withClient(addresses.owner, (client) =>
      client.query('grant select, insert, update on all tables in schema public to app'),
    )
    const direct = { ...addresses.app, port: await portOfPrimary(addresses) }
    const open = await ratiosOf(bench, addresses.app, direct)
    bench.found(result('TPC-B through the pool against directly', '×', { atLeast: 0.75 }, open))
    const anew = await ratiosOf(bench, addresses.app, direct, ['--connect'])
    bench.found(result('the same, each transaction on a new connection', '×', { atLeast: 1.5 }, anew))
    await many(bench, addresses)
  } finally {
    await instance.remove()
  }
}

export const parts: readonly Part[] = [{ name: 'pool', measure: pooled }]

/** A thousand clients at once: how many of their transactions are answered, and by how many connections. */
async function many(bench: Bench, addresses: Addresses): Promise<void> {
  const args = ['--no-vacuum', `--client=${manyClients}`, '--jobs=2', `--transactions=${transactionsOfEach}`]
  const wanted = manyClients * transactionsOfEach
  const [answered, connections]: [number[], number[]] = [[], []]
  await inRounds(bench, rounds, async () => {
    const seen: number[] = []
    const isOver = new AbortController()
    const [{ transactions }] = await Promise.all([
      pgbench(addresses.app, ...args).finally(() => isOver.abort()),
      count(addresses, seen, isOver.signal),
    ])
    answered.push((transactions / wanted) * 100)
    connections.push(Math.max(...seen))
  })
  const clients = manyClients.toLocaleString('en-US')
  bench.found(result(`of ${clients} clients at once, transactions answered`, '%', { atLeast: 100 }, answered))
  bench.found(result('connections to the database meanwhile, at most', '', { atMost: 100 }, connections))
}

/** Notes several times a second how many connections the app has. */
async function count({ superuser }: Addresses, seen: number[], isOver: AbortSignal): Promise<void> {
  const connections = `select count(*)::int as count from pg_stat_activity where datname = 'app' and usename = 'app'`
  await withClient(superuser, async (client) => {
    while (!isOver.aborted) {
      const { rows } = await client.query<{ count: number }>(connections)
      seen.push(rows[0]?.count ?? 0)
      await wait(100)
    }
  })
}

async function portOfPrimary({ superuser }: Addresses): Promise<number> {
  const { rows } = await withClient(superuser, (client) =>
    client.query<{ port: number }>("select current_setting('port')::int as port"),
  )
  const [row] = rows
  if (row === undefined) throw new Error('the primary does not say its port')
  return row.port
}

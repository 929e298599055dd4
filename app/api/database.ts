import { Client, Pool, type PoolClient, type PoolConfig, type QueryResultRow, types } from 'pg'
import { isWrongPassword, retryLostConnection } from './retry.ts'

// A day is a day: the driver would make a moment of it, in the time zone of the machine.
types.setTypeParser(types.builtins.DATE, (day) => day)

type Query = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/**
 * One way to the database. What is given to it is sent again after a lost connection: each statement, and each
 * transaction as a whole, must be safe to carry out twice. No session state: a pool hands every transaction to another
 * connection.
 */
export type Database = {
  readonly query: Query
  readonly transaction: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>
  /** One attempt within so many milliseconds, for readiness. */
  readonly probe: (text: string, withinMs: number) => Promise<void>
  /** How many connections there are now, and how many queries wait for one. */
  readonly connections: () => { readonly idle: number; readonly busy: number; readonly waiting: number }
  readonly close: () => Promise<void>
}

/** What is asked for the password each time a connection is opened: another one may be in force by then. */
export type PasswordSource = () => Promise<string>

/**
 * Connects when first used. `stopping` ends the waiting for a database that is away. With `password` that of the URL does not
 * count.
 */
export function openDatabase(url: string, stopping: AbortSignal, password?: PasswordSource): Database {
  const pool = new Pool({
    ...(password ? { ...placeOf(url), password } : { connectionString: url }),
    application_name: 'api',
    max: 8,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // A query may be held by the pool in front of the database while a failover goes on; longer, and it has been lost.
    connectionTimeoutMillis: 15_000,
    query_timeout: 15_000,
  })
  // Without a listener a connection that is lost while idle would end the whole process.
  pool.on('error', () => undefined)
  const again = <Result>(work: () => Promise<Result>): Promise<Result> =>
    retryLostConnection(work, stopping, password ? isWrongPassword : undefined)
  return {
    query: (text, values) => again(() => queryOn(pool)(text, values)),
    transaction: (work) => again(() => withTransaction(pool, work)),
    probe: async (text, withinMs) => {
      // The driver knows `query_timeout` for a single query; its types do not.
      const query: { text: string; query_timeout?: number } = { text, query_timeout: withinMs }
      await within(pool.query(query), withinMs)
    },
    connections: () => ({
      idle: pool.idleCount,
      busy: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
  }
}

/** The driver lets the URL's password go before any other, also where it has none: so it is given the parts. */
function placeOf(url: string): PoolConfig {
  const { host, port, user, database, ssl } = new Client({ connectionString: url })
  return { host, port, user, database, ssl }
}

const queryOn =
  (connection: Pool | PoolClient): Query =>
  async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await connection.query<Row>(text, [...values])).rows

async function withTransaction<Result>(pool: Pool, work: (query: Query) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(queryOn(client))
    await client.query('commit')
    return result
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    // A connection whose transaction went wrong is closed, which rolls it back on any kind of failure.
    client.release(broken)
  }
}

async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

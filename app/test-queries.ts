import { Client } from 'pg'
import type { Database } from './api/database.ts'
import type { LoginLimits } from './api/limits.ts'
import { buildServer } from './api/server.ts'
import { stateIn } from './api/state-postgres.ts'
import type { State } from './api/state.ts'
import type { Uploads } from './api/uploads.ts'

export type Statement = { readonly text: string; readonly values: readonly unknown[] }

/** Somebody who is in the filled tables, and a day that has games of the sport. */
type Asker = { readonly account: string; readonly sport: string; readonly day: string }

/** Who was in the tables before; so many that an index is worth its way, and a table has more than a page. */
const accounts = 1000
const rows = 20_000
export const filledAccount = (number: number): string => `filled-${number}`

/** Fills what the app remembers as weeks with many visitors do. */
export async function fillState(ownerUrl: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const number = `1 + number % ${accounts}`
    await client.query(`
      insert into state.accounts (id, password_hash) select 'filled-' || number, '' from generate_series(1, ${accounts}) number;
      insert into state.preferences (account, preferences) select id, '{}' from state.accounts on conflict do nothing;
      insert into state.sessions (token_hash, account, expires_at)
        select sha256(number::text::bytea), 'filled-' || ${number}, now() + interval '1 day' from generate_series(1, ${rows}) number;
      insert into state.login_attempts (id, account, address, failed, at)
        select gen_random_uuid(), 'filled-' || ${number}, inet '10.0.0.0' + number % 5000, number % 10 = 0, now() - number * interval '4 s'
        from generate_series(1, ${rows}) number;
      analyze state.accounts, state.preferences, state.sessions, state.login_attempts`)
  } finally {
    await client.end()
  }
}

/** A token of the filled sessions, and an id of an attempt, of an account. */
const tokenHash = Buffer.from('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', 'hex')
const attemptId = '0190a0b0-0000-7000-8000-000000000001'
const limits: LoginLimits = {
  failuresPerAccount: { atMost: 10, seconds: 900 },
  attemptsPerAddress: { atMost: 100, seconds: 60 },
}

/** Each thing that the app does with its state; the compiler asks for those that are new. */
const uses: { readonly [Use in keyof State]: (state: State, account: string) => Promise<unknown> } = {
  findAccount: (state, account) => state.findAccount(account),
  admitLogin: (state, account) => state.admitLogin({ id: attemptId, account, address: '10.0.0.1' }, limits),
  startSession: (state, account) => state.startSession({ tokenHash, account, seconds: 60 }),
  findSession: (state) => state.findSession(tokenHash),
  readPreferences: (state, account) => state.readPreferences(account),
  writePreferences: (state, account) =>
    state.writePreferences(account, { favouriteSports: [], oddsFormat: 'decimal', theme: 'light' }),
  endSession: (state) => state.endSession(tokenHash),
  tidy: (state) => state.tidy(),
}

/** All that the app asks the database, with the values that it gave: what belongs to one transaction stands together. */
export async function everythingAsked(database: Database, asker: Asker): Promise<readonly (readonly Statement[])[]> {
  const asked: Statement[][] = []
  const listening: Database = {
    ...database,
    query: (text, values = []) => {
      asked.push([{ text, values }])
      return database.query(text, values)
    },
    transaction: (work) =>
      database.transaction((query) => {
        const together: Statement[] = []
        asked.push(together)
        return work((text, values = []) => {
          together.push({ text, values })
          return query(text, values)
        })
      }),
    probe: (text, withinMs) => {
      asked.push([{ text, values: [] }])
      return database.probe(text, withinMs)
    },
  }
  const state = stateIn(listening)
  for (const use of Object.values(uses)) await use(state, asker.account)
  await askForPages(listening, state, asker)
  return asked
}

const noUploads: Uploads = {
  hasAvatar: async () => false,
  readAvatar: async () => undefined,
  saveAvatar: async () => undefined,
  check: async () => undefined,
}

async function askForPages(database: Database, state: State, { sport, day }: Asker): Promise<void> {
  const server = buildServer({
    writer: database,
    reader: database,
    state,
    uploads: noUploads,
    publicUrl: 'https://sports.example',
    proxySecret: undefined,
    logLevel: 'error',
    stopping: new AbortController().signal,
  })
  const games = `/api/games?sport=${sport}`
  for (const url of ['/api/ready', '/api/sports', games, `${games}&day=${day}`, `${games}&day=0001-01-01`]) {
    const { statusCode, body } = await server.inject({ url })
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${body}`)
  }
  await server.close()
}

/** As much of a plan as is looked at. */
type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Filter?: string
  readonly Plans?: readonly PlanNode[]
}

/**
 * Statements that read a whole table of more than a page to throw rows of it away, in words. Without a filter there is
 * nothing that an index would find.
 */
export async function readsWholeTables(url: string, statements: readonly Statement[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: large } = await client.query<{ name: string }>(
      "select relname as name from pg_class where relkind = 'r' and relpages > 1",
    )
    const names = new Set(large.map(({ name }) => name))
    const found: string[] = []
    for (const { text, values } of statements) {
      const { rows: plans } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
        `explain (format json) ${text}`,
        [...values],
      )
      const whole = plans.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => nodesOf(Plan))).filter(isWhole)
      for (const { 'Relation Name': name = '', Filter } of whole) if (names.has(name)) found.push(`${name}: ${Filter}`)
    }
    return found
  } finally {
    await client.end()
  }
}

const nodesOf = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

const isWhole = ({ 'Node Type': type, Filter }: PlanNode): boolean => type === 'Seq Scan' && Filter !== undefined

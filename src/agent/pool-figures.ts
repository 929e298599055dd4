import { messageOf } from '../core/errors.ts'
import { metric } from '../core/metric.ts'
import { connect, type PgAddress } from '../engines/postgres.ts'

/** Less than Prometheus itself waits for figures: a pool that hangs takes none of the others away. */
const answersWithinMs = 5000

/** Of PgBouncer's console. Columns differ between its versions: they are read by name, and one that is not there is no figure. */
type Row = { readonly database?: string; readonly [column: string]: string | number | null | undefined }

/** What the console shows, by the last word of its question. */
export type Shown = Readonly<Record<'pools' | 'databases' | 'stats' | 'lists', readonly Row[]>>

/** `columns`: how many of each are one. */
type Figure = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  columns: Readonly<Record<string, number>>,
]

const gauge = (name: string, help: string, column: string): Figure => [name, 'gauge', help, { [column]: 1 }]
const total = (name: string, help: string, column: string, perOne = 1): Figure => [
  `stats_${name}_total`,
  'counter',
  help,
  { [column]: perOne },
]
const microseconds = 1e6

/** The names are those of the exporter that most dashboards are made for (prometheus-community/pgbouncer_exporter). */
const ofPools: readonly Figure[] = [
  gauge('pools_client_active_connections', 'Clients that are served, or ask for nothing at the moment.', 'cl_active'),
  gauge('pools_client_waiting_connections', 'Clients that wait for a connection to PostgreSQL.', 'cl_waiting'),
  [
    'pools_client_maxwait_seconds',
    'gauge',
    'How long the first of those that wait has waited.',
    { maxwait: 1, maxwait_us: microseconds },
  ],
  gauge('pools_server_active_connections', 'Connections to PostgreSQL that a client uses.', 'sv_active'),
  gauge('pools_server_idle_connections', 'Connections to PostgreSQL that are free.', 'sv_idle'),
  gauge('pools_server_used_connections', 'Free ones that are looked at before a client has them.', 'sv_used'),
  gauge('pools_server_testing_connections', 'Connections to PostgreSQL that are being cleaned.', 'sv_tested'),
  gauge('pools_server_login_connections', 'Connections to PostgreSQL that are being opened.', 'sv_login'),
]
const ofDatabases: readonly Figure[] = [
  gauge('databases_pool_size', 'Connections to PostgreSQL that one pool may open.', 'pool_size'),
  gauge('databases_max_connections', 'Connections to PostgreSQL that all its pools may open.', 'max_connections'),
  gauge('databases_current_connections', 'Connections to PostgreSQL that are open.', 'current_connections'),
  gauge('databases_paused', 'Whether it is paused, and its clients wait.', 'paused'),
]
const ofStats: readonly Figure[] = [
  total('queries_pooled', 'Queries.', 'total_query_count'),
  total('sql_transactions_pooled', 'Transactions.', 'total_xact_count'),
  total('client_wait_seconds', 'Time that clients have waited for a connection.', 'total_wait_time', microseconds),
  total('queries_duration_seconds', 'Time that queries took.', 'total_query_time', microseconds),
  total('received_bytes', 'Bytes from clients.', 'total_received'),
  total('sent_bytes', 'Bytes to clients.', 'total_sent'),
]
const ofLists: readonly Figure[] = [
  gauge('used_clients', 'Clients that are connected, those of the console too.', 'used_clients'),
  gauge('login_clients', 'Clients that are signing in.', 'login_clients'),
]

/** Its console is a database to PgBouncer: who looks there would count himself. */
const consoleName = 'pgbouncer'
const byDatabase = (row: Row): string => `{database="${row.database}"}`

/** What clients ask PgBouncer for is `database` throughout: `app_ro` is `app` on another server. */
export function poolText({ pools, databases, stats, lists }: Shown): string {
  return [
    rendered(ofPools, pools, ({ database, user }) => `{database="${database}",user="${user}"}`),
    rendered(
      ofDatabases,
      databases.map((row) => ({ ...row, database: String(row['name']) })),
      byDatabase,
    ),
    rendered(ofStats, stats, byDatabase),
    rendered(ofLists, [Object.fromEntries(lists.map(({ list, items }) => [String(list), items]))], () => ''),
  ].join('')
}

/** In the text form of Prometheus. */
function rendered(figures: readonly Figure[], rows: readonly Row[], labelsOf: (row: Row) => string): string {
  const served = rows.filter((row) => row.database !== consoleName)
  return figures
    .map(([name, type, help, columns]) => {
      const samples = served.map((row) => [labelsOf(row), valueOf(row, columns)] as const)
      return metric(
        `pgbouncer_${name}`,
        type,
        help,
        samples.filter(([, value]) => Number.isFinite(value)),
      )
    })
    .join('')
}

/** Whole numbers and their fractions stand in columns of their own. */
const valueOf = (row: Row, columns: Readonly<Record<string, number>>): number =>
  Object.entries(columns).reduce((sum, [column, perOne]) => sum + Number(row[column] ?? Number.NaN) / perOne, 0)

/** Signs in each time, which costs some milliseconds: no connection is kept that another PgBouncer would not know. */
async function shownBy(console_: PgAddress, withinMs: number): Promise<Shown> {
  const until = Date.now() + withinMs
  const client = await connect(console_, 'edge-exporter', withinMs)
  // A question that is open is rejected then.
  const end = () => void client.end().catch(() => undefined)
  const late = setTimeout(end, until - Date.now())
  const show = async (what: keyof Shown) => (await client.query<Row>(`show ${what}`)).rows
  try {
    return {
      pools: await show('pools'),
      databases: await show('databases'),
      stats: await show('stats'),
      lists: await show('lists'),
    }
  } finally {
    clearTimeout(late)
    end()
  }
}

let said: string | undefined
/** PgBouncer's own figures. Where it does not answer there are none, and the log says once why: all others are given still. */
export async function poolFigures(console_: PgAddress | undefined, withinMs = answersWithinMs): Promise<string> {
  if (!console_) return ''
  try {
    const shown = await shownBy(console_, withinMs)
    said = undefined
    return poolText(shown)
  } catch (error) {
    const problem = messageOf(error)
    if (problem !== said) console.error(`PgBouncer gives no figures: ${problem}`)
    said = problem
    return ''
  }
}

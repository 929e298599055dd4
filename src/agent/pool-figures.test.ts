import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { listen } from '../../test/listen.ts'
import { poolFigures, poolText } from './pool-figures.ts'

/** As PgBouncer 1.18 shows it, with fewer columns: those of 8 bytes are texts. */
const shown = {
  pools: [
    {
      database: 'app',
      user: 'app',
      cl_active: 12,
      cl_waiting: 3,
      sv_active: 100,
      sv_active_cancel: 0,
      sv_idle: 0,
      sv_used: 1,
      sv_tested: 2,
      sv_login: 4,
      maxwait: 1,
      maxwait_us: 250_000,
      pool_mode: 'transaction',
    },
    { database: 'pgbouncer', user: 'pooler', cl_active: 1, cl_waiting: 0, maxwait: 0, maxwait_us: 0 },
  ],
  databases: [
    {
      name: 'app_ro',
      host: '127.0.0.1',
      database: 'app',
      pool_size: 90,
      max_connections: 100,
      current_connections: 2,
      paused: 1,
    },
  ],
  stats: [
    {
      database: 'app',
      total_xact_count: '9007199254',
      total_query_count: '20000000000',
      total_received: '5',
      total_sent: '7',
      total_query_time: '1500000',
      total_wait_time: '2500000',
      avg_xact_count: '9',
    },
  ],
  lists: [
    { list: 'databases', items: 7 },
    { list: 'used_clients', items: 16 },
    { list: 'login_clients', items: 0 },
  ],
}
const samplesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

it('has pools, databases, totals and clients as the console shows them, but for who looks', () => {
  expect(samplesOf(poolText(shown))).toEqual([
    'pgbouncer_pools_client_active_connections{database="app",user="app"} 12',
    'pgbouncer_pools_client_waiting_connections{database="app",user="app"} 3',
    'pgbouncer_pools_client_maxwait_seconds{database="app",user="app"} 1.25',
    'pgbouncer_pools_server_active_connections{database="app",user="app"} 100',
    'pgbouncer_pools_server_idle_connections{database="app",user="app"} 0',
    'pgbouncer_pools_server_used_connections{database="app",user="app"} 1',
    'pgbouncer_pools_server_testing_connections{database="app",user="app"} 2',
    'pgbouncer_pools_server_login_connections{database="app",user="app"} 4',
    'pgbouncer_databases_pool_size{database="app_ro"} 90',
    'pgbouncer_databases_max_connections{database="app_ro"} 100',
    'pgbouncer_databases_current_connections{database="app_ro"} 2',
    'pgbouncer_databases_paused{database="app_ro"} 1',
    'pgbouncer_stats_queries_pooled_total{database="app"} 20000000000',
    'pgbouncer_stats_sql_transactions_pooled_total{database="app"} 9007199254',
    'pgbouncer_stats_client_wait_seconds_total{database="app"} 2.5',
    'pgbouncer_stats_queries_duration_seconds_total{database="app"} 1.5',
    'pgbouncer_stats_received_bytes_total{database="app"} 5',
    'pgbouncer_stats_sent_bytes_total{database="app"} 7',
    'pgbouncer_used_clients 16',
    'pgbouncer_login_clients 0',
  ])
})

it('leaves out what another version has no column for, and nothing else', () => {
  const [app] = shown.pools
  const other = { ...shown, pools: [{ ...app, database: 'app', sv_used: undefined, maxwait_us: null }] }
  const missing = (name: string) => name.includes('server_used') || name.includes('maxwait')
  expect(samplesOf(poolText(other))).toEqual(samplesOf(poolText(shown)).filter((line) => !missing(line)))
})

const problems: string[] = []
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation((text) => void problems.push(String(text))))
afterEach(() => {
  vi.restoreAllMocks()
  problems.length = 0
})

/** Of a console at that port. The authority is never come to: any file will do. */
const consoleAt = (port: number) => ({
  host: '127.0.0.1',
  port,
  database: 'pgbouncer',
  user: 'pooler',
  password: 'not a secret',
  ca: fileURLToPath(import.meta.url),
})

it('says nothing where nobody listens, and in the log once why, without the password', async () => {
  expect([await poolFigures(consoleAt(1)), await poolFigures(consoleAt(1))]).toEqual(['', ''])
  expect(problems).toEqual(['PgBouncer gives no figures: connect ECONNREFUSED 127.0.0.1:1'])
})

it('waits no longer than it may for one that takes the connection and says nothing', async () => {
  const server = createServer((socket) => onTestFinished(() => void socket.destroy()))
  onTestFinished(() => void server.close())
  const port = await listen(server)
  const began = performance.now()
  expect(await poolFigures(consoleAt(port), 200)).toBe('')
  expect(performance.now() - began).toBeLessThan(5000)
})

it('asks nobody where there is no pool', async () => {
  expect(await poolFigures(undefined)).toBe('')
  expect(problems).toEqual([])
})

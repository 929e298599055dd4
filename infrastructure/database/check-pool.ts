import { setTimeout as wait } from 'node:timers/promises'
import { broken, declared, type Facts, kept, measured, type Verdict } from '../../src/core/check.ts'
import { type Damaged, difference, type DrillRecord } from '../../src/core/record.ts'
import { magnitude, minuteOf, seconds } from '../../src/core/units.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import { leftBehind, poolMode } from './check-sharing.ts'
import { type ClientsSeen, sendClients } from './waiting-clients.ts'
import { drilledAt, type DrillKind, drillName, drillTolerance } from './drill.ts'
import { database } from './guarantees.ts'
import type { DatabaseEndpoint } from './local.ts'
import { type ConsoleRow, inForce, locks, secondsSince, showConsole, withTurn } from './pool-console.ts'
import { clientsMaximum } from './render-pgbouncer.ts'
import { keptOut, roleWithOtherPassword } from './step-roles.ts'

/** The next connection comes within a third of a second; with 4.5 s, a busy machine was told that its new pool is broken. */
const opensWithinMs = 15_000
/** PgBouncer looks for idle connections a few times a second; a busy machine gets some more time. */
const closesLateBySeconds = 15

const putBack = 'edge deploy database puts the configured pool back (pgbouncer.ini)'

/** What to do about a pool that is not as promised: its configuration may be edited, or may ask for something else. */
function nextFor(field: string, configured: number, promised: number, unit: 's' | 'connections'): string {
  return configured === promised
    ? putBack
    : `the configuration asks for ${configured} ${unit} (database.pool.${field}), the promise is ${promised} ${unit}`
}

/** How many connections the app's pool keeps open, counted on the pool's own console, now. */
export async function poolMinimum({ addresses, settings }: DatabaseEndpoint): Promise<Verdict> {
  const promised = magnitude(database.poolMinimum.atLeast)
  const ofApp = async (what: string): Promise<number> =>
    (await showConsole(addresses.console, what)).filter((row) => row['database'] === 'app').length
  // First: the sign-ins below would wait for it as well.
  const isPaused = (await showConsole(addresses.console, 'databases')).some(
    (row) => row['name'] === 'app' && Number(row['paused']) === 1,
  )
  const [minimum, clients, [other, out]] = await Promise.all([
    inForce(addresses.console, 'min_pool_size'),
    ofApp('clients'),
    withClient(addresses.superuser, async (client) => [
      await roleWithOtherPassword(client, addresses),
      await keptOut(client, addresses, settings),
    ]),
  ])
  // Right after a start, or a failover, the pool is still on its way: it opens three connections a second.
  const isOnItsWay = minimum >= promised && clients > 0
  let deadline = Date.now() + (isOnItsWay ? opensWithinMs : 0)
  let open = await ofApp('servers')
  while (open < promised && Date.now() < deadline) {
    await wait(100)
    const more = await ofApp('servers')
    // On a busy machine it opens fewer in a second, and goes on.
    if (isOnItsWay && more > open) deadline = Date.now() + opensWithinMs
    open = more
  }
  const evidence = measured({ 'open connections': open, minimum, 'clients now': clients })
  if (isPaused) {
    const because = 'the pool is paused, and its clients wait: a deployment was killed, or is at work'
    return broken(evidence, because, 'edge deploy database lets it go on')
  }
  if (minimum < promised) {
    const next = nextFor('minimum', settings.pool.minimum, promised, 'connections')
    return broken(evidence, `the running pool keeps only ${minimum} connections open`, next)
  }
  // Those that are open go on for half an hour; none that is opened anew gets in.
  if (other !== undefined) {
    const because = `${other} was given another password than the pool signs in with`
    return broken(evidence, because, 'edge deploy database gives it back the one of the instance')
  }
  if (out !== undefined) return broken(evidence, out, 'edge deploy database lets it connect again')
  if (open >= promised) return kept(evidence)
  const because =
    clients === 0
      ? 'no client is connected to the pool, so it keeps nothing open; the agent should be there'
      : `the pool holds ${open} connections for app`
  const next = 'edge status shows the agent and the database; edge logs pgbouncer says why it cannot connect'
  return broken(evidence, because, next)
}

/**
 * Sends more clients than it takes to the probe database, which has the limits of the app's own: so many connections open and no more, and
 * everybody else waits and is served, and meets nothing that another has left. The app's own pool is not touched.
 */
export async function poolMaximum({ addresses, settings }: DatabaseEndpoint): Promise<Verdict> {
  const promised = magnitude(database.poolMaximum.exactly)
  const next = nextFor('maximum', settings.pool.maximum, promised, 'connections')
  const [rows, clients, mode] = await Promise.all([
    showConsole(addresses.console, 'databases'),
    inForce(addresses.console, 'max_client_conn'),
    poolMode(addresses, 'app'),
  ])
  const limits = limitsOf(rows)
  const facts = { 'limit of app': limits.app, 'clients at most': clients, shared: `by ${mode}` }
  // Nobody is sent where the answer is known: a pool that is larger than promised would open all of it.
  if (limits.app !== `${promised} of ${promised}`) {
    return broken(measured(facts), `the running pool gives app ${limits.app}, not ${promised}`, next)
  }
  if (limits.probe !== limits.app) return broken(measured(facts), 'app has other limits than the pool itself', next)
  // Few are sent: a pool that refuses clients beyond them, who were to wait, would serve all of them.
  if (!(clients >= clientsMaximum)) {
    const because = `the running pool refuses clients beyond ${clients}, not ${clientsMaximum}; they do not wait`
    return broken(measured(facts), because, putBack)
  }
  // Whole sessions would wait for clients that stay.
  if (mode !== 'transaction') {
    const because = `the running pool keeps a connection for each client (pool_mode = ${mode}), not for each transaction`
    return broken(measured(facts), because, putBack)
  }
  const [left, seen] = await Promise.all([
    leftBehind(addresses),
    withTurn(addresses, locks.clientsTurn, () => sendClients(addresses, promised)),
  ])
  if (left.length > 0) {
    return broken(measured(facts), `what one client sets, the next one gets: ${left.join(', ')}`, putBack)
  }
  return judgeClients(seen, promised, next)
}

function judgeClients({ clients, most, waiting, served }: ClientsSeen, promised: number, next: string): Verdict {
  const seen = measured({ clients, connections: most, waited: waiting, served, 'left to the next client': 'nothing' })
  if (most !== promised) return broken(seen, `the pool opened ${most} connections, not ${promised}`, next)
  if (waiting !== clients - promised) return broken(seen, `${waiting} clients waited at once`, next)
  if (served !== clients) return broken(seen, `${clients - served} clients were refused`, next)
  return kept(seen)
}

/** `100 of 100`: what one pool may open, and what all pools of the database may. */
function limitsOf(rows: readonly ConsoleRow[]): { readonly app: string; readonly probe: string } {
  const of = (base: string): string => {
    const row = rows.find(({ name }) => name === base)
    return `${row?.['pool_size']} of ${row?.['max_connections']}`
  }
  return { app: of('app'), probe: of('edge_probe') }
}

/** The time that the running pool uses, and that no connection beyond the minimum has been idle for longer. */
export async function poolIdle({ addresses, settings, records }: DatabaseEndpoint): Promise<Verdict> {
  const promised = seconds(database.poolIdle.exactly)
  const [value, rows, drill] = await Promise.all([
    inForce(addresses.console, 'server_idle_timeout'),
    showConsole(addresses.console, 'servers'),
    records.newest(drillName('idle')),
  ])
  const surplus = surplusIdle(rows, settings.pool.minimum, new Date())
  const longest = Math.round(Math.max(0, ...surplus))
  const facts = {
    'closes after': `${value} s`,
    open: rows.length,
    'idle surplus': surplus.length,
    longest: `${longest} s`,
  }
  const next = nextFor('idle', seconds(settings.pool.idle), promised, 's')
  if (value !== promised) {
    return broken(declared(facts), `the running pool closes idle connections after ${value} s`, next)
  }
  if (longest > promised + closesLateBySeconds) {
    return broken(measured(facts), `a connection that nobody needs has been idle for ${longest} s`, next)
  }
  return judgeDrill('idle', drill, promised, facts)
}

/**
 * How long, in seconds, each connection beyond its pool's minimum has been idle. PgBouncer uses the last used one
 * first, so those that the minimum keeps are the oldest of their pool.
 */
export function surplusIdle(rows: readonly ConsoleRow[], minimum: number, now: Date): readonly number[] {
  const idle = rows.filter((row) => row['state'] === 'idle')
  const pools = Map.groupBy(idle, (row) => `${row['database']} ${row['user']}`)
  return [...pools.values()].flatMap((pool) => {
    const base = String(pool[0]?.['database'])
    const open = rows.filter((row) => row['database'] === base).length
    const most = Math.min(pool.length, Math.max(0, open - (base.startsWith('edge') ? 0 : minimum)))
    const ages = pool.map((row) => secondsSince(row['request_time'], now))
    return ages.toSorted((a, b) => a - b).slice(0, most)
  })
}

const drillWords = {
  idle: { fact: 'closed one after', because: 'an idle connection was open' },
  wait: { fact: 'refused one after', because: 'a client waited' },
} as const

/** What takes minutes is only what the pool is set to, until a drill has seen it happen under that setting. */
export function judgeDrill(
  kind: DrillKind,
  newest: DrillRecord | Damaged | undefined,
  promised: number,
  facts: Facts,
): Verdict {
  if (newest && 'damaged' in newest) return kept(declared({ ...facts, drilled: `${newest.damaged} is damaged` }))
  if (!newest || difference(newest.of, drilledAt(kind, promised)) !== undefined)
    return kept(declared({ ...facts, drilled: 'not yet' }))
  const { fact, because } = drillWords[kind]
  const took = Number(newest.facts['seconds'])
  const at = minuteOf(newest.at)
  const seen = measured({ ...facts, [fact]: `${took} s`, drilled: at })
  if (Math.abs(took - promised) <= drillTolerance[kind]) return kept(seen)
  return broken(
    seen,
    `when it was tried, ${because} for ${took} s`,
    'edge drill pool measures again (6 min), once the pool is as it should be: edge logs pgbouncer',
  )
}

const pauseMs = 500

/** The time that the running pool uses, and that a client for which there is no connection waits and is then served. */
export async function poolWait({ addresses, settings, records }: DatabaseEndpoint): Promise<Verdict> {
  const promised = seconds(database.poolWait.exactly)
  const [value, waited, drill] = await Promise.all([
    inForce(addresses.console, 'query_wait_timeout'),
    withTurn(addresses, locks.pauseTurn, () => waitWhilePaused(addresses)),
    records.newest(drillName('wait')),
  ])
  const facts = { 'refuses after': `${value} s`, 'served after waiting': `${Math.round(waited)} ms` }
  const next = nextFor('wait', seconds(settings.pool.wait), promised, 's')
  if (value !== promised) return broken(declared(facts), `the running pool refuses clients after ${value} s`, next)
  if (waited < pauseMs) return broken(measured(facts), 'a client was served while its database was paused', next)
  return judgeDrill('wait', drill, promised, facts)
}

/** Milliseconds until a client was served whose database was paused for `pauseMs`. */
async function waitWhilePaused(addresses: DatabaseEndpoint['addresses']): Promise<number> {
  return withClient(addresses.console, async (console_) => {
    // A check that was killed may have left it paused.
    await console_.query('resume edge_wait').catch(() => undefined)
    const client = await connect(addresses.waitProbe, 'edge-check')
    try {
      await console_.query('pause edge_wait')
      const begun = performance.now()
      const answer = client.query('select 1').then(() => performance.now() - begun)
      const [waited] = await Promise.all([answer, wait(pauseMs).then(() => console_.query('resume edge_wait'))])
      return waited
    } finally {
      await console_.query('resume edge_wait').catch(() => undefined)
      await client.end().catch(() => undefined)
    }
  })
}

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { Records } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import { type Cluster, etcdProblem, sharedSettings, tagsOf } from './cluster.ts'
import { nextForPatroni } from './check-doors.ts'
import { type Drilled, drilled, drills, takeoverAsDeployed } from './drilled.ts'
import type { DatabaseEndpoint } from './local.ts'
import { heartbeatProof } from './lost-writes.ts'
import { waitsForTwo } from './settings.ts'
import { takeoverDifference } from './step-parameters.ts'
import { synchronousStandby } from './step-standby.ts'
import { otherReceivers, unwaitedByChoice } from './unwaited.ts'
import { lostInTakeover, noneTookOver, showsTakeover } from './takeover.ts'

const arrivesWithinMs = 5000
const writes = 20
/**
 * A commit waits for a standby; where all hang, it must not hold the check for ever. PostgreSQL's own
 * statement_timeout does not end this wait.
 */
const commitWithinMs = 6000

/** Writes a row through the pool and reads it on a standby itself; sees that commits wait for that and that it may take over. */
export async function standby(
  { addresses, cluster, records, wanted }: DatabaseEndpoint,
  world: World,
): Promise<Verdict> {
  const next = `edge deploy database brings the standby back; ${logsOf(cluster)} say why it was lost`
  // First: without etcd, what the others say is from memory, or an error that does not name the cause.
  const etcd = await etcdProblem(cluster)
  if (etcd !== undefined) return broken(measured({ etcd: 'down' }), etcd, 'edge logs etcd; edge deploy database')
  const [seen, shared] = await Promise.all([synchronousStandby(addresses, cluster), sharedSettings(cluster)])
  if ('problem' in seen) return broken(measured({}), seen.problem, next)
  if (shared['pause'] === true) {
    return broken(measured({ standby: seen.name }), 'automatic failover is switched off (Patroni is paused)', next)
  }
  const otherwise = takeoverDifference(wanted, shared) ?? (await tagged(cluster))
  if (otherwise !== undefined) return broken(measured({ standby: seen.name }), otherwise, nextForPatroni)
  const id = randomUUID()
  const begun = performance.now()
  const written = await withClient(addresses.edge, (client) => writeMarker(client, id))
  if (written === undefined) return broken(measured({ standby: seen.name }), noAnswer, next)
  const arrived = await withClient(
    { ...addresses.members[seen.name], database: 'app' },
    (client) => arrives(client, id, world),
    serverAnswersWithinMs,
  ).catch((error: unknown) => ({ problem: messageOf(error) }))
  // That is all that was read of it: whether anybody takes over, a drill sees.
  const named = { primary: seen.primary, standby: seen.name, failover: 'not paused' }
  const facts = { ...named, etcd: 'has a leader' }
  const took = `${Math.round(performance.now() - begun)} ms`
  if (typeof arrived === 'object') return broken(measured(facts), `${seen.name}: ${arrived.problem}`, next)
  const drill = await drilledTakeovers(cluster, records)
  const all = { ...named, ...drill.facts, etcd: facts.etcd, 'row there after': took }
  if (arrived && drill.problem) return broken(measured(all), drill.problem.because, drill.problem.next)
  if (arrived) return kept(measured(all))
  return broken(measured(facts), `a row did not reach ${seen.name} within ${arrivesWithinMs / 1000} s`, next)
}

/** No file of ours gives a member a tag: with one of a hand's (`nofailover`) it follows, is waited for, and never takes over. */
async function tagged(cluster: Cluster): Promise<string | undefined> {
  const all = await Promise.all(
    cluster.members.map(async (member) => ({ member, tags: await tagsOf(cluster, member) })),
  )
  const found = all.find(({ tags }) => tags.length > 0)
  return found && `the Patroni of ${found.member} has the tag ${found.tags.join(', ')}, which nobody configured`
}

/** What was seen when one member took over from the other: killed, and as planned. */
async function drilledTakeovers(cluster: Cluster, records: Records): Promise<Drilled> {
  const of = await takeoverAsDeployed(cluster)
  const [failover, switchover] = await Promise.all([
    drilled(records, drills.failover, of, {
      shows: showsTakeover,
      wrong: (facts) => lostInTakeover(facts) ?? noneTookOver(facts),
    }),
    drilled(records, drills.switchover, of, { shows: showsTakeover, wrong: lostInTakeover }),
  ])
  const problem = failover.problem ?? switchover.problem
  return { facts: { ...failover.facts, ...switchover.facts }, ...(problem ? { problem } : {}) }
}

async function arrives(client: Client, id: string, world: World): Promise<boolean> {
  const deadline = Date.now() + arrivesWithinMs
  for (;;) {
    const { rowCount } = await client.query('select from edge.marker where id = $1', [id])
    if (rowCount === 1) return true
    if (Date.now() > deadline) return false
    await world.sleep(20)
  }
}

const logsOf = ({ members }: Cluster): string => members.map((name) => `edge logs ${name}`).join(', ')

const noAnswer = `a commit got no answer within ${commitWithinMs / 1000} s: every standby hangs`

/**
 * Writes one row, forgets old ones, and answers where the commit begins in the log; undefined where the commit was not
 * acknowledged in time.
 */
async function writeMarker(client: Client, id: string): Promise<string | undefined> {
  await client.query('begin')
  await client.query("delete from edge.marker where at < now() - interval '1 minute'")
  await client.query('insert into edge.marker (id) values ($1)', [id])
  return acknowledgedAt(client)
}

/** Commits, and answers where in the log the commit begins; undefined where it was not acknowledged in time. */
async function acknowledgedAt(client: Client): Promise<string | undefined> {
  // Other clients' writes may come between this and the commit; they are waited for all the same.
  const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn')
  const late = new AbortController()
  const acknowledged = await Promise.race([
    client.query('commit').then(() => true),
    wait(commitWithinMs, false, { signal: late.signal }),
  ]).finally(() => late.abort())
  return acknowledged ? rows[0]?.lsn : undefined
}

/** Writes one line into the log, in a transaction of its own; undefined where it was not acknowledged in time. */
async function writeAsApp(client: Client): Promise<string | undefined> {
  await client.query('begin')
  // The app's role may write no table of edge's: a message in the log is committed, and waited for, like a row.
  await client.query("select pg_logical_emit_message(true, 'edge', 'check')")
  return acknowledgedAt(client)
}

/**
 * Writes as the app does, through the pool, and asks at each acknowledgement how far the standbys' disks are: one must be
 * past the write already. A server with `fsync = off` acknowledges what no disk has, so the settings in force count, too.
 * What was acknowledged before this check is proved by the heartbeats, which are counted outside the database.
 */
export async function noLostWrites(
  { addresses, cluster, heartbeats, settings, records, logs }: DatabaseEndpoint,
  world: World,
): Promise<Verdict> {
  const again = `edge deploy database switches synchronous replication on again; ${logsOf(cluster)} say more`
  return withClient({ ...addresses.superuser, database: 'app' }, async (server) =>
    withClient(addresses.app, async (app) => {
      const counted = await heartbeatProof(heartbeats, server, world)
      if (counted.lost) return broken(measured(counted.facts), counted.lost.because, counted.lost.next)
      const written = await writeAndLook(server, app)
      if (written.noAnswer) return broken(measured({ acknowledged: written.acknowledged }), noAnswer, again)
      const { acknowledged, covered, eachMs } = written
      const waits = (await sharedSettings(cluster))['synchronous_mode_strict'] === true
      const drill = await drilledTakeovers(cluster, records)
      const durability = [...(await durabilityInForce(server)), ...(await durabilityForApp(app))]
      const facts = {
        acknowledged,
        'on a standby by then': covered,
        each: `${eachMs.toFixed(1)} ms`,
        'with one member left': waits ? 'writes wait' : 'writes go on, on that one alone',
        ...durabilityFacts(durability),
        ...(await unwaitedByChoice(server, logs, cluster.members)),
        ...counted.facts,
        ...drill.facts,
      }
      const off = durability.find(isOff)
      if (off) return broken(measured(facts), `${off.name} is ${off.setting} for ${off.whom}`, off.next)
      if (waitsForTwo(settings) && !waits)
        return broken(measured(facts), 'with one member left, writes would be acknowledged by that one alone', again)
      const [other] = await otherReceivers(server, cluster.members)
      if (other !== undefined) {
        const because = `commits wait for ${other}, which is no member: what it has nobody takes over with`
        return broken(measured(facts), because, `end ${other}: select * from pg_stat_replication says where it runs`)
      }
      if (covered < acknowledged) {
        return broken(measured(facts), 'a write was acknowledged before a standby had it', again)
      }
      if (counted.stopped) return broken(measured(facts), counted.stopped.because, counted.stopped.next)
      if (drill.problem) return broken(measured(facts), drill.problem.because, drill.problem.next)
      return kept(measured(facts))
    }),
  )
}

/** Commits some writes as the app, and counts those that a standby had when each was acknowledged. */
async function writeAndLook(server: Client, app: Client) {
  const begun = performance.now()
  let [acknowledged, covered] = [0, 0]
  const seen = (unanswered: boolean) => ({
    acknowledged,
    covered,
    eachMs: (performance.now() - begun) / acknowledged,
    noAnswer: unanswered,
  })
  // With the first one that is not covered the answer is known.
  while (acknowledged < writes && covered === acknowledged) {
    const lsn = await writeAsApp(app)
    if (lsn === undefined) return seen(true)
    acknowledged += 1
    if (await isOnStandby(server, lsn)) covered += 1
  }
  return seen(false)
}

async function isOnStandby(client: Client, lsn: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_stat_replication where sync_state in ('sync', 'quorum') and flush_lsn > $1::pg_lsn",
    [lsn],
  )
  return rowCount !== null && rowCount > 0
}

/** Values with which an acknowledged write is on two disks. */
const durable: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'remote_apply'],
}

type InForce = { readonly name: string; readonly setting: string; readonly whom: string; readonly next: string }

const isOff = ({ name, setting }: InForce): boolean => !durable[name]?.includes(setting)

/** One value for each setting, and a bad one before a good one: it must not hide behind the server's own. */
const durabilityFacts = (seen: readonly InForce[]) =>
  Object.fromEntries(
    seen.toSorted((a, b) => Number(isOff(a)) - Number(isOff(b))).map(({ name, setting }) => [name, setting]),
  )

/**
 * What the app's own connections of the pool use. A `connect_query` of the pool, or `options` in its line, changes it
 * for them alone: the server and its roles show nothing of that.
 */
async function durabilityForApp(app: Client): Promise<readonly InForce[]> {
  const { rows } = await app.query<Omit<InForce, 'next'>>(
    "select name, setting, 'the app''s connections of the pool' as whom from pg_settings where name = any($1)",
    [Object.keys(durable)],
  )
  const next = 'edge deploy database puts the configured pool back (pgbouncer.ini); until then writes can be lost'
  return rows.map((row) => ({ ...row, next }))
}

/** Those that a hand has given to a role or a database, which say best what to undo; then the server's own values. */
async function durabilityInForce(server: Client): Promise<readonly InForce[]> {
  const { rows } = await server.query<InForce>(
    `select split_part(pair, '=', 1) as name, split_part(pair, '=', 2) as setting,
            concat_ws(' in ', coalesce(r.rolname, 'everybody'), d.datname) as whom,
            format('as postgres: alter %s reset %s; then edge down, edge up: open connections still have it',
                   case when s.setrole = 0 and s.setdatabase <> 0 then format('database %I', d.datname)
                        else concat_ws(' in database ', 'role ' || coalesce(quote_ident(r.rolname), 'all'),
                                       quote_ident(d.datname)) end,
                   split_part(pair, '=', 1)) as next
       from pg_db_role_setting s cross join unnest(setconfig) as pair
       left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
      where split_part(pair, '=', 1) = any($1)
      union all
     select name, setting, 'everybody', 'edge deploy database puts the configured value back'
       from pg_settings where name = any($1)`,
    [Object.keys(durable)],
  )
  return rows
}

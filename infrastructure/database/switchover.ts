import { setTimeout as wait } from 'node:timers/promises'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { etcdProblem } from './cluster.ts'
import { untilAllFollow } from './followers.ts'
import { synchronous } from './kill-primary.ts'
import type { DatabaseEndpoint } from './local.ts'
import { takesOver } from './members-in-turn.ts'
import type { Member } from './members.ts'
import { whileAllHaveAll } from './named-successor.ts'
import { startReading } from './read-load.ts'
import { type Standby, synchronousStandby } from './step-standby.ts'
import { startWriting } from './write-load.ts'

export type SwitchoverOn = Pick<DatabaseEndpoint, 'addresses' | 'cluster' | 'settings' | 'routes'>

const probes = 'edge.switchover_probe'
const readers = 4
/** So many writes before and after say that it works. */
const enough = 50
const acknowledgesWithinMs = 60_000
const followWithinMs = 20_000
const standsWithinMs = 10_000

/** Who leads, and who may take over. Throws OperatorError where nobody could take over. */
export async function standbyNow({ addresses, cluster }: SwitchoverOn): Promise<Standby> {
  const etcd = await etcdProblem(cluster)
  if (etcd !== undefined) throw refused(etcd, 'edge logs etcd; edge deploy database')
  const deadline = Date.now() + standsWithinMs
  for (;;) {
    const seen = await synchronousStandby(addresses, cluster).catch((error: unknown) => ({ problem: messageOf(error) }))
    if (!('problem' in seen)) return seen
    // One that was killed a moment ago may be at its end just now.
    if (Date.now() < deadline) await wait(250)
    else
      throw refused(`nobody can take over: ${seen.problem}`, 'edge deploy database brings the standby back; then again')
  }
}

const refused = (what: string, next: string): OperatorError => new OperatorError('switchover', what, next)

/** Sessions that end with it: those of the session door lead to the primary, and not through the pool. */
export const sessionsNow = ({ superuser, session, owner }: Addresses): Promise<number> =>
  withClient(superuser, async (client) => {
    const { rows } = await client.query<{ open: number }>(
      'select count(*)::int as open from pg_stat_activity where usename = any($1)',
      [[session.user, owner.user]],
    )
    return rows[0]?.open ?? 0
  })

/** What clients met while one member took over from the other. */
export type Switchover = {
  readonly from: Member
  readonly to: Member
  readonly writers: number
  readonly acknowledged: number
  readonly lost: number
  /** The longest time in which no write was acknowledged. */
  readonly gapMs: number
  readonly failed: readonly string[]
  readonly reads: number
  readonly sessionsCut: number
  /** Until another one may take over again. */
  readonly standbyAfterMs: number
}

/**
 * Has another member, or `named`, take over from the primary while writers and readers use the pool, whose clients wait
 * meanwhile, and says what that was like for them. Changes nothing where the pool cannot be held: its clients would meet
 * errors. Throws OperatorError.
 */
export async function switchover(
  on: SwitchoverOn,
  { from, named, writers }: { readonly from: Member; readonly named?: Member | undefined; readonly writers: number },
  world: World,
): Promise<Switchover> {
  const { addresses, cluster, settings } = on
  const sleep = (ms: number): Promise<void> => world.sleep(ms)
  // One that is lost already, or is away for long, keeps nobody from it.
  await untilAllFollow(on, followWithinMs, sleep)
  const address = { ...addresses.edge, database: 'app' }
  const patienceMs = settings.pool.wait.milliseconds
  const writing = await startWriting(address, writers, patienceMs, probes).catch((error: unknown) => {
    throw refused(`nobody can write: ${messageOf(error)}`, 'edge status; edge logs pgbouncer')
  })
  const reading = startReading(addresses.appReader, 'select 1', readers)
  const work = async () => {
    await writing.acknowledges(enough, acknowledgesWithinMs, sleep)
    const sessionsCut = await sessionsNow(addresses)
    const otherwise = () => cannotHold(addresses)
    // Of two members the other one needs no name.
    if (named === undefined || cluster.members.length === 2) await takesOver(on, from, world, { otherwise })
    else await whileAllHaveAll(cluster, named, () => takesOver(on, from, world, { named, otherwise }), world)
    await writing.acknowledges(enough, acknowledgesWithinMs, sleep)
    return { sessionsCut }
  }
  const done = await work().then(
    (seen) => ({ seen }),
    (error: unknown) => ({ error }),
  )
  // Whatever became of it, nobody writes on.
  const [written, read] = await Promise.all([writing.stop(), reading.stop()])
  if ('error' in done) throw done.error instanceof Error ? inWords(done.error) : done.error
  const begun = performance.now()
  const { primary: to } = await synchronous(addresses, cluster, sleep).catch((error: unknown) => {
    throw refused(`the new primary has no standby yet: ${messageOf(error)}`, 'edge deploy database; edge status')
  })
  if (to !== (named ?? to)) throw refused(`${to} leads, and not ${named}`, `edge logs ${named}; edge database status`)
  return {
    from,
    to,
    writers,
    acknowledged: written.acknowledged,
    lost: written.lost,
    gapMs: Math.round(written.longestGapMs),
    failed: [...written.errors, ...read.errors],
    reads: read.answered,
    sessionsCut: done.seen.sessionsCut,
    standbyAfterMs: Math.round(performance.now() - begun),
  }
}

/** Patroni that answers too late, or not at all, is something that an operator looks at. */
function inWords(error: Error): Error {
  if (error instanceof OperatorError || error.name === 'Interrupted') return error
  return refused(error.message, 'edge status says who leads now; edge logs pg1; then this again')
}

/** Names what kept the pool from being held: the oldest transaction of its clients. */
async function cannotHold({ superuser }: Addresses): Promise<never> {
  const { rows } = await withClient(superuser, (client) =>
    client.query<{ pid: number; who: string; state: string; age: number }>(
      `select pid, usename as who, state, round(extract(epoch from clock_timestamp() - xact_start))::int as age
         from pg_stat_activity where datname = 'app' and xact_start is not null and pid <> pg_backend_pid()
        order by xact_start limit 1`,
    ),
  )
  const [oldest] = rows
  const what = oldest
    ? `a transaction of ${oldest.who} has gone on for ${oldest.age} s (process ${oldest.pid}, ${oldest.state})`
    : 'somebody let it go on meanwhile, or a transaction on a replica does not end'
  throw refused(
    `the pool could not be held: ${what}; its clients go on, nothing was changed`,
    oldest ? `in psql, as postgres: select pg_terminate_backend(${oldest.pid}); then this again` : 'then this again',
  )
}

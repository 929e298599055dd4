import { join } from 'node:path'
import type { Client } from 'pg'
import { boundariesOf, type Causes } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { sendSignal } from '../../src/core/process.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { readText } from '../../src/targets/local/files.ts'
import { type Cluster, statusOf } from './cluster.ts'
import { loadCauses } from './load-causes.ts'
import type { Member } from './members.ts'

/** So many more than the alarm needs: others may close some meanwhile. */
const margin = 20
/** Whoever signs in waits for the others before it: few at once are as fast, and leave room for visitors. */
const atOnce = 10

/** What makes the database's alarms ring, for a drill: the thing itself, each with its way back. */
export const databaseCauses = (
  addresses: Addresses,
  cluster: Cluster,
  maxConnections: number,
  dataOf: (member: Member) => string,
  /** On the disk of the database. */
  folder: string,
): Causes => ({
  ...loadCauses(folder, () => toPrimary(addresses, cluster)),
  connections: (alarm) => {
    const [{ at } = { at: 0 }] = boundariesOf(alarm, 'count')
    const held: Client[] = []
    return {
      begin: async () => {
        const direct = await toPrimary(addresses, cluster)
        const { rows } = await withClient(direct, (client) =>
          client.query<{ open: number }>(
            'select count(*)::int as open from pg_stat_activity where datname is not null',
          ),
        )
        const missing = at + margin - (rows[0]?.open ?? 0)
        if (at + margin >= maxConnections - margin) {
          const what = `an alarm at ${at} of ${maxConnections} connections is not made to ring: clients would be refused`
          throw new OperatorError('drill connections', what, 'lower monitoring.alarms.connections')
        }
        for (let opened = 0; opened < missing; opened += atOnce) {
          // Each is held as soon as it is open: when another one fails, its end is not forgotten.
          const some = Array.from({ length: Math.min(atOnce, missing - opened) }, async () => {
            held.push(await connect(direct, 'edge-drill'))
          })
          const failed = (await Promise.allSettled(some)).find(({ status }) => status === 'rejected')
          if (failed?.status === 'rejected') throw failed.reason
        }
      },
      // They are this process's own: with it they are gone.
      end: async () => {
        await Promise.all(held.splice(0).map((client) => client.end().catch(() => undefined)))
      },
    }
  },
  replicaLag: () => ({
    // What is paused by pg_wal_replay_pause, Patroni resumes at its next look.
    begin: async () => {
      // The one that has the least: another one takes over, for a failover to the chosen one would wait for the drill's end.
      const [chosen] = await replicasOf(addresses, cluster.members)
      const pid = chosen && (await startupOf(dataOf(chosen)))
      if (pid === undefined) throw new OperatorError('drill replica-lag', 'no replica is connected', 'edge status')
      sendSignal(pid, 'SIGSTOP')
    },
    end: async () => {
      for (const member of cluster.members) {
        const pid = await startupOf(dataOf(member))
        if (pid !== undefined) sendSignal(pid, 'SIGCONT')
      }
    },
  }),
})

/** The process that replays the log, of a member that does; by its data folder. */
export async function startupOf(folder: string): Promise<number | undefined> {
  const [postmaster = ''] = ((await readText(join(folder, 'postmaster.pid'))) ?? '').split('\n')
  const children = (await readText(`/proc/${postmaster}/task/${postmaster}/children`).catch(() => undefined)) ?? ''
  for (const pid of children.split(' ').filter(Boolean)) {
    // `postgres: edge: startup recovering 000000010000000000000004`
    if (/^postgres: (\S+: )?startup /.test((await readText(`/proc/${pid}/cmdline`).catch(() => undefined)) ?? ''))
      return Number(pid)
  }
  return undefined
}

/** Past the pool and HAProxy, which both keep so many out. */
async function toPrimary(addresses: Addresses, cluster: Cluster) {
  const primary = (await statusOf(cluster)).find(({ role }) => role === 'primary')
  if (!primary) throw new OperatorError('drill', 'there is no primary', 'edge status')
  const { user, password } = addresses.edge
  return { ...addresses.members[primary.member], database: 'app', user, password }
}

async function replicasOf({ superuser }: Addresses, members: readonly Member[]) {
  const { rows } = await withClient(superuser, (client) =>
    client.query<{ name: string }>(
      'select application_name as name from pg_stat_replication order by flush_lsn nulls first',
    ),
  )
  return rows.flatMap(({ name }) => members.find((member) => member === name) ?? [])
}

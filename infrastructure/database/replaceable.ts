import { join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { Instance } from '../../src/core/instance.ts'
import { isAlive } from '../../src/core/process.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { postmasterOf } from '../../src/engines/postmaster.ts'
import { scramSecret } from '../../src/engines/scram.ts'
import { askEtcd, base64, keysOfPatroni } from './ask-etcd.ts'
import { changeSharedSettings, type Cluster, statusOf } from './cluster.ts'
import { memberNames } from './members.ts'
import { databaseReserved } from './reserved.ts'
import { noteSeenLosses } from './seen-losses.ts'
import type { Services } from './step-leavers.ts'

/** What it takes to put other data in the place of all members' data. */
export type Replaceable = {
  /** The first one is the one that other data goes to; the others clone it. */
  readonly members: readonly string[]
  readonly dataOf: (member: string) => string
  /** By role, what PostgreSQL keeps of its password: other data may have another one, and nobody could sign in. */
  readonly passwords: Readonly<Record<string, string>>
  /** Ends every member, and waits until nothing is written any more. */
  readonly stop: (world: World) => Promise<void>
  /**
   * Makes etcd forget who led, who was synchronous and how far they were; from now on the cluster is the one with this
   * identifier. Only while no member runs. The shared settings stay.
   */
  readonly forget: (systemIdentifier: string) => Promise<void>
  /** The member that leads; undefined while none does. */
  readonly leads: () => Promise<string | undefined>
  /** Notes that what the database has less than it had is known to be gone, of what was acknowledged until then. */
  readonly noteLosses: (until: number, world: Pick<World, 'now'>) => Promise<void>
}

/** By role, what PostgreSQL keeps of the password: of those that Patroni signs in as. */
export function passwordsOfServers(instance: Instance): Replaceable['passwords'] {
  const { superuser, replication } = secretsOf(instance, databaseReserved)
  return {
    postgres: scramSecret('postgres', superuser, superuser),
    replicator: scramSecret('replicator', replication, superuser),
  }
}

export function replaceableOf(instance: Instance, cluster: Cluster, services: Services): Replaceable {
  const dataOf = (member: string): string => join(instance.state, 'data', member)
  return {
    members: cluster.members,
    dataOf,
    passwords: passwordsOfServers(instance),
    stop: async (world) => {
      const running = await services.names(world)
      // While it is paused, Patroni leaves its PostgreSQL running, and nobody would lead on the other data.
      await changeSharedSettings(cluster, { pause: null }).catch(() => undefined)
      const leader = await leads(cluster)
      // The primary last: as long as there is a standby, that would take over, and begin a timeline of its own.
      const standbyFirst = memberNames.toSorted((a, b) => Number(a === leader) - Number(b === leader))
      for (const name of standbyFirst.filter((member) => running.includes(member))) await services.down(name, world)
      for (const name of memberNames) await endPostgres(dataOf(name), world)
    },
    forget: (systemIdentifier) => forget(cluster, systemIdentifier),
    leads: () => leads(cluster),
    noteLosses: (until, world) => noteSeenLosses(instance, until, world),
  }
}

const leads = async (cluster: Cluster): Promise<string | undefined> =>
  (await statusOf(cluster)).find(({ role, state }) => role === 'primary' && state === 'running')?.member

/** Patroni that is paused, or was killed, leaves its PostgreSQL running. */
async function endPostgres(data: string, world: World): Promise<void> {
  const pid = await postmasterOf(data)
  if (pid === undefined) return
  const stop = [join(postgresPrograms, 'pg_ctl'), '-D', data, '-s', '-w', '-t', '600', 'stop', '-m', 'fast'] as const
  const ran = await world.run(stop, { timeoutMs: 660_000 })
  if (ran.code !== 0 && isAlive(pid))
    throw new OperatorError('postgres', `still runs (pid ${pid}): ${ran.stderr.trim()}`, 'edge logs pg1')
}

const forgotten = ['leader', 'optime/leader', 'status', 'sync', 'history', 'failover', 'failsafe']

/** All of it or nothing: etcd does it as one transaction. Throws OperatorError where it does not answer. */
async function forget(cluster: Cluster, systemIdentifier: string): Promise<void> {
  const members = `${keysOfPatroni}members/`
  const success = [
    ...forgotten.map((name) => ({ request_delete_range: { key: base64(`${keysOfPatroni}${name}`) } })),
    // Every key that begins so: the one after the last of them ends with the character after the slash.
    { request_delete_range: { key: base64(members), range_end: base64(`${members.slice(0, -1)}0`) } },
    { request_put: { key: base64(`${keysOfPatroni}initialize`), value: base64(systemIdentifier) } },
  ]
  const { statusCode, text } = await askEtcd(cluster, '/v3/kv/txn', { success })
  if (statusCode !== 200) throw new OperatorError('etcd', `refuses (${statusCode}): ${text.trim()}`, 'edge logs etcd')
}

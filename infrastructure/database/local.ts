import { join } from 'node:path'
import { heartbeatFolder } from '../../src/targets/local/acknowledged.ts'
import type { Causes } from '../../src/core/alarm.ts'
import type { Local } from '../../src/core/component.ts'
import type { Instance } from '../../src/core/instance.ts'
import { portsOf } from '../../src/core/reserved.ts'
import type { Scraped } from '../../src/core/scraped.ts'
import type { Records } from '../../src/core/record.ts'
import { etcd } from '../../src/engines/etcd.ts'
import { haproxy } from '../../src/engines/haproxy.ts'
import { patroni } from '../../src/engines/patroni.ts'
import type { Leader } from '../../src/engines/pgbackrest.ts'
import { pgbouncer } from '../../src/engines/pgbouncer.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import { recordsOf } from '../../src/targets/local/records.ts'
import { type Addresses, addressesOf } from './addresses.ts'
import { databaseCauses } from './causes.ts'
import { type Cluster, clusterOf } from './cluster.ts'
import { endSignIns, poolHolder } from './hold-pool.ts'
import { freshnessOfMembers } from './render-freshness.ts'
import { leaderOf } from './leader.ts'
import { haproxyConfiguration, waitForServer } from './render-haproxy.ts'
import { type Member, memberNames, membersWith, perMember } from './members.ts'
import { clusterSettings, patroniSettings, type Tls } from './render-patroni.ts'
import { pgbouncerConfiguration, pgbouncerUsers } from './render-pgbouncer.ts'
import { databaseReserved } from './reserved.ts'
import type { DatabaseSettings } from './settings.ts'
import { socketFolder } from './sockets.ts'
import { membersInTurn } from './members-in-turn.ts'
import { paused } from './pause.ts'
import { passwordsOfServers, replaceableOf, type Replaceable } from './replaceable.ts'
import { connectionsStep } from './step-connections.ts'
import { copiesStep } from './step-copies.ts'
import { formatStep } from './step-format.ts'
import { leaversStep, type Services, slotsNoteOf, slotsStep, successorStep } from './step-leavers.ts'
import { parametersStep } from './step-parameters.ts'
import { poolStep } from './step-pool.ts'
import { replicasStep } from './step-replicas.ts'
import { type AtWork, atWorkNow, poolNow } from './pool-console.ts'
import { replayNoteOf, replayStep } from './step-replay.ts'
import { rolesStep } from './step-roles.ts'
import { type Clients, clientsOf, spareOf } from './spare.ts'
import { socketsStep } from './step-sockets.ts'
import { standbyStep } from './step-standby.ts'
import { spareStep } from './step-spare.ts'
import { superuserStep } from './step-superuser.ts'

/** What the checks look at: ways in, and what the configuration asks for. */
export type DatabaseEndpoint = {
  readonly addresses: Addresses
  readonly cluster: Cluster
  readonly settings: DatabaseSettings
  /** The shared settings that are wanted, as Patroni keeps them. */
  readonly wanted: ReturnType<typeof clusterSettings>
  /** Where the agent notes what was acknowledged, and what was lost. */
  readonly heartbeats: string
  readonly state: string
  readonly logs: string
  /** HAProxy's own page of where it leads to. */
  readonly routes: string
  /** Every port on which something of the database listens. */
  readonly ports: readonly number[]
  /** What the drills measured. */
  readonly records: Records
  /** What is measured of it now, by an expression of Prometheus's; absent where nobody measures. */
  readonly figures: DatabaseNeeds['figures']
}

export type DatabaseProvides = {
  /**
   * The app's ways in: through the pool to the primary, and to a replica that may be a moment behind. The pool keeps its
   * minimum only while a client of `app` is connected.
   */
  readonly app: PgAddress
  readonly reader: PgAddress
  /** To the primary, a whole session for each client. */
  readonly session: PgAddress
  /** The same three for programs that run on while passwords are replaced: another way in, meanwhile. */
  readonly clients: Clients
  /** For migrations: the schema's owner, by the session door. */
  readonly owner: PgAddress
  /** What the app's pools have at this moment. */
  readonly pool: () => ReturnType<typeof poolNow>
  /** What the primary does at this moment. */
  readonly atWork: () => Promise<AtWork>
  /** For the agent: edge's own role, through the pool. */
  readonly edge: PgAddress
  /** For backups: the member that leads at the moment. */
  readonly leader: () => Promise<Leader>
  /** For a restore that takes the place of what is live. */
  readonly replaceable: Replaceable
  /** Queries that answer true when a step must be healed. */
  readonly watches: readonly { readonly query: string; readonly heal: string }[]
  /** What of the pool may be paused, by its console; what a holder of such a pause calls himself there; the step that ends it. */
  readonly pausable: {
    readonly console: PgAddress
    readonly databases: readonly string[]
    readonly holder: string
    readonly heal: string
  }
  /** Where it is noted while something is changed that must not stay so; the step that takes it back where nobody does. */
  readonly notes: readonly { readonly note: string; readonly heal: string }[]
  /** Of the members that there are; others have theirs for later. */
  readonly portsOfMembers: { readonly postgres: readonly number[]; readonly patroni: readonly number[] }
  /** Members, by name, that the configuration does not have: the plan itself ends them, when nobody uses them. */
  readonly notMembers: readonly string[]
  /** To each member, as edge's own role, which may look at everything. */
  readonly members: Readonly<Record<string, PgAddress>>
  /** Figures that its programs give themselves. */
  readonly scraped: readonly Scraped[]
  /** What makes its alarms ring. */
  readonly causes: Causes
  /** Parts after which the database can be used. */
  readonly ready: readonly string[]
  /** Parts after which every member has its parameters. */
  readonly inForce: readonly string[]
}

export type DatabaseNeeds = {
  readonly tls: Tls
  /** When an engine was started, or took over its files, for the last time. */
  readonly takenOverAt: (engine: string) => Promise<Date | undefined>
  readonly services: Services
  /** Where each engine's log lies, in a folder of its name. */
  readonly logs: string
  /** Figures that are measured of it, and since when they are; absent where nobody does. */
  readonly figures:
    | {
        readonly now: (expression: string) => Promise<number | undefined>
        readonly startedAt: () => Promise<Date>
      }
    | undefined
  /** Parameters by which the log is archived; none where nobody does. */
  readonly archive: Readonly<Record<string, string | number>>
}

/** A standby streams, and no commit waits for it; or each waits for more than one, as `ANY 2 (…)` says (see step-standby.ts). */
const waitsWrongly = (members: readonly Member[]): string => `select exists (select from pg_stat_replication
                                where application_name in (${members.map((name) => `'${name}'`).join(', ')}) and state = 'streaming')
                  and not exists (select from pg_stat_replication where sync_state in ('sync', 'quorum'))
                   or current_setting('synchronous_standby_names') ~ '\\m[2-9] ?[(]' as wrong`

/** Both have ten times as many figures, of which hardly any says how the lease does, and whom clients are led to. */
const ofEtcd =
  'etcd_server_(has_leader|leader_changes|proposals|quota).*|etcd_disk_.*_(sum|count)|etcd_mvcc_db_total_size.*'
const ofHaproxy = 'haproxy_(backend|server)_(status|current_sessions|current_queue|sessions_total|.*errors_total)'

function scrapedOf(instance: Instance, members: readonly Member[]): readonly Scraped[] {
  const { patroni: restApis, etcd: client, haproxyStatus } = portsOf(instance, databaseReserved)
  const portOf = perMember(restApis, (port) => port)
  const patronis = members.map((server) => ({ server, port: portOf[server] }))
  const path = '/metrics'
  return [
    { job: 'patroni', path, encrypted: false, targets: patronis, keeps: 'patroni_.*' },
    { job: 'etcd', path, encrypted: true, targets: [{ server: 'etcd', port: client }], keeps: ofEtcd },
    { job: 'haproxy', path, encrypted: false, targets: [{ server: 'haproxy', port: haproxyStatus }], keeps: ofHaproxy },
  ]
}

/** etcd, the PostgreSQL members under Patroni, HAProxy before them and PgBouncer before that. */
export function local(
  instance: Instance,
  settings: DatabaseSettings,
  needs: DatabaseNeeds,
): Local<DatabaseEndpoint, DatabaseProvides> {
  const ports = portsOf(instance, databaseReserved)
  const restApis = perMember(ports.patroni, (port) => port)
  const { tls } = needs
  const addresses = addressesOf(instance, tls.ca)
  const members = membersWith(settings.replicas)
  const cluster = clusterOf(instance, tls, members)
  const wanted = clusterSettings(instance.machine.memoryBytes, settings, needs.archive)
  const file = (engine: string, name: string): string => join(instance.state, 'engines', engine, name)
  const lua = [
    { path: file('haproxy', 'wait-for-server.lua'), content: waitForServer },
    {
      path: file('haproxy', 'freshness.lua'),
      content: freshnessOfMembers(members, restApis, settings.reader.maximumLag),
    },
  ]
  const scripts = lua.map(({ path }) => path)
  const users = file('pgbouncer', 'userlist.txt')
  const certificates = [tls.ca, tls.certificate]
  const routes = `http://127.0.0.1:${ports.haproxyStatus}`
  const on = { addresses, cluster, routes }
  const dataOf = (member: Member): string => join(instance.state, 'data', member)
  const inTurn = membersInTurn(on)
  const portsOfMembers = {
    postgres: members.map((member) => addresses.members[member].port),
    patroni: members.map((member) => restApis[member]),
  }
  const records = recordsOf(instance.state)
  const spare = spareOf(instance)
  return {
    plan: [
      etcd(instance, tls, { client: ports.etcd, peer: ports.etcdPeer }),
      formatStep(dataOf),
      superuserStep(addresses, passwordsOfServers(instance), spare),
      ...members
        .map((member) =>
          patroni(
            instance,
            member,
            patroniSettings(instance, wanted, tls, member),
            wanted.postgresql.parameters,
            certificates,
            { postgres: addresses.members[member].port, restApi: restApis[member], etcd: ports.etcd },
          ),
        )
        .map((member) => ({ ...member, inTurn, after: [...member.after, 'format', 'superuser'] })),
      successorStep(on, instance.state, needs.services),
      {
        ...haproxy(
          instance,
          [
            ...lua,
            {
              path: file('haproxy', 'haproxy.cfg'),
              content: haproxyConfiguration(instance, members, settings, scripts),
            },
          ],
          file('haproxy', 'haproxy.cfg'),
          ports.haproxyStatus,
        ),
        // It forgets those that leave.
        after: ['successor'],
      },
      socketsStep(socketFolder(instance), on),
      {
        ...pgbouncer(
          instance,
          [
            { path: users, content: pgbouncerUsers(instance) },
            { path: addresses.poolFile, content: pgbouncerConfiguration(instance, settings, tls, users) },
          ],
          addresses.poolFile,
          certificates,
          // Its file has it begin connections again. One that does not answer has nobody to refuse.
          () => endSignIns({ console: addresses.console, databases: paused.all }).catch(() => undefined),
        ),
        after: ['certificate', 'sockets'],
      },
      poolStep(addresses, members, settings),
      connectionsStep(addresses, () => needs.takenOverAt('haproxy')),
      rolesStep(addresses, members, settings),
      spareStep(addresses, spare, settings),
      copiesStep(addresses, cluster, dataOf),
      parametersStep(on, wanted),
      replayStep(instance.state, members, dataOf),
      standbyStep(addresses, cluster, dataOf),
      replicasStep(on, dataOf),
      slotsStep(cluster, instance.state),
      leaversStep(on, instance.state, needs.services),
    ],
    provides: {
      app: addresses.app,
      reader: addresses.appReader,
      session: addresses.session,
      clients: clientsOf(addresses, spare),
      owner: addresses.owner,
      edge: addresses.edge,
      leader: () => leaderOf(instance, cluster, addresses),
      replaceable: replaceableOf(instance, cluster, needs.services),
      watches: [{ query: waitsWrongly(members), heal: 'standby' }],
      pausable: { console: addresses.console, databases: paused.all, holder: poolHolder, heal: 'pool' },
      notes: [
        { note: replayNoteOf(instance.state), heal: 'replay' },
        { note: slotsNoteOf(instance.state), heal: 'slots' },
      ],
      portsOfMembers,
      notMembers: memberNames.filter((name) => !members.includes(name)),
      members: Object.fromEntries(
        members.map((member) => [member, { ...addresses.edge, database: 'app', port: addresses.members[member].port }]),
      ),
      scraped: scrapedOf(instance, members),
      causes: databaseCauses(addresses, cluster, settings.maxConnections, dataOf, join(instance.state, 'data')),
      ready: ['pgbouncer', 'haproxy', 'roles', 'spare'],
      inForce: ['parameters'],
      pool: () => poolNow(addresses.console, settings.pool.maximum),
      atWork: () => atWorkNow(addresses.superuser),
    },
    endpoint: {
      addresses,
      cluster,
      settings,
      wanted,
      heartbeats: heartbeatFolder(instance.state),
      state: instance.state,
      logs: needs.logs,
      routes,
      ports: [instance.ports.pooler, ...Object.values({ ...ports, ...portsOfMembers }).flat()],
      records,
      figures: needs.figures,
    },
  }
}

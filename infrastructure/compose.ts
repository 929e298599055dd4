import { alarmsOnAws, measuredOnAws } from './aws-alarms.ts'
import { allFunctionAlarms } from './own-functions.ts'
import { join } from 'node:path'
import { agentEngine, agentName } from '../src/agent/engine.ts'
import { exporterEngine } from '../src/agent/exporter-engine.ts'
import type { Configuration } from '../src/config/schema.ts'
import type { Measured } from '../src/core/alarm.ts'
import type { Component, Local, Loses, Proven } from '../src/core/component.ts'
import { bindDrills, type BoundDrill, type Drill, jobsOf, type Undrilled } from '../src/core/drill.ts'
import type { ComponentName, Guarantee, Guarantees } from '../src/core/guarantee.ts'
import type { Instance } from '../src/core/instance.ts'
import type { PackageNeed, Part, Plan } from '../src/core/plan.ts'
import type { Screen } from '../src/core/screen.ts'
import type { RoomVerb, VerbRun } from '../src/core/verb.ts'
import { type BoundCheck, bind } from '../src/core/verify.ts'
import type { World } from '../src/core/world.ts'
import { type PgAddress, publicUrlOf } from '../src/engines/postgres.ts'
import { certificateStep } from '../src/targets/local/certificate.ts'
import { sayingDirectories } from '../src/targets/local/directories.ts'
import { recordsOf } from '../src/targets/local/records.ts'
import { supervisorPaths } from '../src/targets/local/s6.ts'
import type { AppParts } from './app/local.ts'
import type { ApiRelease } from './app/releases/layout.ts'
import type { Backups } from './backup/backups.ts'
import { archivingTold } from './backup/figures.ts'
import { requireNoneBegun } from './backup/replacement.ts'
import { callsNode, namedPaths } from './app/settings.ts'
import { unwatched } from './app/unwatched.ts'
import { flips, liveRelease } from './cdn/releases/layout.ts'
import { database as promises } from './database/guarantees.ts'
import type { MonitoringProvides } from './monitoring/local.ts'
import { type Given, needs, portsUsed } from './needs.ts'
import { type LocalOf, rooms } from './rooms.ts'
import { siteOfInstance } from './site.ts'

/** A verb of a room, which shows its work. */
type BoundRun = (...given: [...Parameters<VerbRun>, screen: Screen]) => ReturnType<VerbRun>

/** The rooms put together for one instance. */
export type Composed = {
  readonly plan: Plan
  readonly checks: readonly BoundCheck[]
  /** Programs that have to be on the machine. */
  readonly needs: readonly PackageNeed[]
  /** What `edge status` shows; no password in it. */
  readonly addresses: {
    readonly site: string
    readonly api: string | null
    readonly writer: string
    readonly reader: string
    readonly session: string
    /** For holders of the instance's certificate: `edge monitoring export --federation`. */
    readonly prometheus: string | null
  }
  /** Content of a libpq password file for writer, reader and session. */
  readonly passwordFile: string
  /** Services that the plan itself ends, in its turn, where they are there. */
  readonly leavesInTurn: readonly string[]
  /** By name, what listens inside. */
  readonly ports: Readonly<Record<string, number | readonly number[]>>
  /** The parts that a release of the API goes through, and the schema that it may only expand. */
  readonly api?: AppParts & { readonly owner: PgAddress; readonly role: string }
  /** Throws OperatorError where a restore in place was cut off: nothing may be started on half of it. */
  readonly requireWhole: () => Promise<void>
  /** The release that is live, with the API that was published with it. */
  readonly live: () => Promise<{ readonly id: string; readonly api?: string | undefined } | undefined>
  /** When it went live, in ms; undefined before the first. */
  readonly switchedAt: () => Promise<number | undefined>
  /** Files and folders that the configuration names, with the field that names each; paths as they were written. */
  readonly sources: readonly { readonly where: string; readonly path: string }[]
  /** Whether a command of the configuration is `node`. */
  readonly callsNode: boolean
  /** What is allowed, and hardly what the operator wants, in words. */
  readonly advice: readonly string[]
  /** Parts that come with a component though they are none of it. */
  readonly comesWith: readonly { readonly component: ComponentName; readonly part: string }[]
  /** What holds messages of alarms back now; absent where nobody is told of any. */
  readonly silenced?: NonNullable<MonitoringProvides['silenced']>
  /** What a backup and a restore work on. */
  readonly backups: Backups
  /** In the order of allDrills. */
  readonly drills: readonly BoundDrill[]
  /** The verbs of the rooms that work on an instance. */
  readonly verbs: readonly { readonly name: string; readonly changes: boolean; readonly run: BoundRun }[]
  /** What is asked before a deployment deletes something. */
  readonly losing: readonly {
    readonly component: ComponentName
    readonly loses: (services: readonly string[]) => ReturnType<Loses<unknown>>
  }[]
  /** What rooms do once all is up, in the order of the rooms. */
  readonly whenUp: readonly {
    readonly component: ComponentName
    readonly run: (world: World, screen: Screen) => Promise<void>
  }[]
  /** What a deployment may end with, in the order of the rooms. */
  readonly lastProofs: readonly {
    readonly component: ComponentName
    readonly run: (k6: string, world: World, screen: Screen) => Promise<Proven>
  }[]
}

/** Supervision and certificates are needed whatever the rooms are. */
const ownNeeds: readonly PackageNeed[] = [
  { binary: 's6-svscan', packages: ['s6'] },
  {
    binary: 'openssl',
    version: { args: ['version'], pattern: /OpenSSL ([\d.]+)/, atLeast: '3.0' },
    packages: ['openssl'],
  },
]

const needsOf = (part: Part): readonly PackageNeed[] =>
  part.kind === 'step' ? (part.needs ?? []) : part.need ? [part.need] : []

/** A room whose types nobody asks for: each is given what its own schema read and what `needs` has for it. */
type AnyComponent = Component<Guarantees, unknown, unknown, unknown, unknown>

const loaded = await Promise.all(
  rooms.map(async ({ name, field, load, verbs = [] }) => {
    const component: unknown = await load()
    // The types of `room` and of `needs` hold each room against its settings, its needs and its verbs, by its name. A loop
    // over all of them cannot say that.
    return { name, field, component: component as AnyComponent, verbs: verbs as readonly RoomVerb<unknown, unknown>[] }
  }),
)
const components = loaded.map(({ component }) => component)

/** Every guarantee of every room. */
export const allGuarantees: readonly Guarantee[] = components.flatMap(({ guarantees }) =>
  Object.values<Guarantee>(guarantees),
)

/** Every drill of every room. */
export const allDrills: readonly Drill<never>[] = components.flatMap(({ drills = [] }) => drills)

/** Every alarm that no drill makes ring. */
export const allUndrilled: readonly Undrilled[] = components.flatMap(({ undrilled = [] }) => undrilled)

/** What every room measures, and when somebody is called about it. */
export const allMeasured: readonly Measured[] = components.flatMap(({ alarms = [] }) => alarms)

/** The rooms that have what a deployment may end with. */
export const provenLast: readonly ComponentName[] = components.flatMap(({ name, lastProof }) =>
  lastProof ? [name] : [],
)

/** The verbs of the rooms that need no instance. */
export const readings = loaded.flatMap(({ field, verbs }) =>
  verbs.flatMap((verb) => {
    if (!('reads' in verb)) return []
    const run = async (configuration: Configuration, ...given: Parameters<BoundRun>) =>
      (await verb.reads())(
        {
          settings: configuration[field],
          measured: allMeasured,
          onAws: alarmsOnAws(configuration, measuredOnAws),
          ofFunctions: allFunctionAlarms,
        },
        ...given,
      )
    return [{ name: verb.name, run }]
  }),
)

/** Ids of the guarantees that one machine can never keep. */
export const neverOnOneMachine: ReadonlySet<string> = new Set(
  components.flatMap(({ name, checks }) =>
    Object.entries<object>(checks).flatMap(([promise, check]) => ('never' in check ? [`${name}.${promise}`] : [])),
  ),
)

/** Each room on one machine, made when somebody asks for it: another room that needs it, or the plan. */
function roomsOn(given: Omit<Given, 'room'>): Given['room'] {
  const made = new Map<string, Local<unknown, unknown>>()
  const wants: Readonly<Record<string, ((given: Given) => unknown) | undefined>> = needs
  const make = (asked: string): Local<unknown, unknown> => {
    const found = loaded.find(({ name }) => name === asked)
    if (!found) throw new Error(`there is no room ${asked}`)
    const { field, component } = found
    const local = component.local(given.instance, given.configuration[field], wants[asked]?.({ ...given, room }) ?? {})
    made.set(asked, local)
    return local
  }
  // Under a room's name lies what its own `local` made.
  const room = <Name extends Parameters<Given['room']>[0]>(name: Name) =>
    (made.get(name) ?? make(name)) as LocalOf<Name>
  return room
}

export function compose(
  configuration: Configuration,
  instance: Instance,
  configurationFile: string,
  published?: ApiRelease,
): Composed {
  const measured = loaded.flatMap(({ field, component: { alarms = [], measures } }) =>
    (measures?.(configuration[field]) ?? true) ? alarms : [],
  )
  const room = roomsOn({ instance, configuration, published, measured })
  const records = recordsOf(instance.state)
  const bound = loaded.map(({ name, verbs, component: { guarantees, checks, drills = [], whenUp, lastProof } }) => {
    const { plan, endpoint }: Local<unknown, unknown> = room(name)
    return {
      plan: plan.map((part): Part => ({ component: name, ...part })),
      checks: bind(guarantees, checks, endpoint),
      drills: bindDrills(drills, endpoint, records),
      verbs: verbs.flatMap((verb) => {
        if (!('load' in verb)) return []
        const run: BoundRun = async (...given) => (await verb.load())(endpoint, ...given)
        return [{ name: verb.name, changes: verb.changes ?? false, run }]
      }),
      whenUp: whenUp
        ? [{ component: name, run: (world: World, screen: Screen) => whenUp(endpoint, world, screen) }]
        : [],
      lastProofs: lastProof
        ? [
            {
              component: name,
              run: (k6: string, world: World, screen: Screen) => lastProof(endpoint, k6, world, screen),
            },
          ]
        : [],
    }
  })
  const [app, cdn, database] = [room('app'), room('cdn').provides, room('database').provides]
  const plan: Plan = [
    { component: 'cdn', ...certificateStep(instance.state, configuration.serve.domain) },
    ...bound.flatMap((one) => one.plan),
    ...exporterOf({ instance, room }, configurationFile),
    agentOf({ instance, configuration, room }, configurationFile),
  ]
  const { app: writer, reader, session } = database
  const { site } = siteOfInstance(instance, configuration)
  const { silenced, prometheus } = room('monitoring').provides
  return {
    plan,
    checks: sayingDirectories(
      bound.flatMap(({ checks }) => checks),
      plan,
      instance,
    ),
    needs: [...ownNeeds, ...plan.flatMap((part) => needsOf(part))],
    addresses: {
      site: cdn.https,
      api: app.provides.api ? `${cdn.https}/api` : null,
      writer: publicUrlOf(writer),
      reader: publicUrlOf(reader),
      session: publicUrlOf(session),
      prometheus: prometheus ?? null,
    },
    passwordFile: [writer, reader, session]
      .map(({ host, port, database: name, user, password }) => `${[host, port, name, user, password].join(':')}\n`)
      .join(''),
    leavesInTurn: database.notMembers,
    ports: portsUsed({ instance, room }),
    live: () => liveRelease(site),
    switchedAt: async () => {
      const at = (await flips(site)).at(-1)?.at
      return at === undefined ? undefined : Date.parse(at)
    },
    sources: namedPaths(configuration.site),
    callsNode: callsNode(configuration.site),
    advice: unwatched(configuration.site, instance.directory, published !== undefined),
    // The agent renews the site's certificate.
    comesWith: [{ component: 'cdn', part: agentName }],
    ...(app.provides.parts ? { api: { ...app.provides.parts, owner: database.owner, role: writer.user } } : {}),
    ...(silenced ? { silenced } : {}),
    backups: room('backup').endpoint,
    requireWhole: () => requireNoneBegun(room('backup').endpoint),
    drills: bound.flatMap(({ drills }) => drills),
    verbs: bound.flatMap(({ verbs }) => verbs),
    whenUp: bound.flatMap(({ whenUp }) => whenUp),
    lastProofs: bound.flatMap(({ lastProofs }) => lastProofs),
    losing: loaded.flatMap(({ name, field, component: { loses } }) =>
      loses
        ? [{ component: name, loses: (services: readonly string[]) => loses(instance, configuration[field], services) }]
        : [],
    ),
  }
}

/** What tells Prometheus the figures that no exporter has; absent where monitoring is switched off. */
function exporterOf({ instance, room }: Pick<Given, 'instance' | 'room'>, configurationFile: string): Plan {
  const { exporter } = room('monitoring').provides
  if (!exporter) return []
  const database = room('database').provides
  const { scan, logs } = supervisorPaths(instance.state)
  return [
    {
      component: 'monitoring',
      ...exporterEngine(instance, {
        ...exporter,
        members: Object.keys(database.members),
        pool: database.pausable.console,
        services: scan,
        accessLog: join(logs, 'nginx'),
        configurationFile,
      }),
    },
  ]
}

/** The agent: it keeps the pool warm, writes the heartbeat, and does the jobs of all rooms. */
function agentOf(
  { instance, configuration, room }: Pick<Given, 'instance' | 'configuration' | 'room'>,
  configurationFile: string,
) {
  const database = room('database').provides
  return agentEngine(instance, {
    component: 'monitoring',
    configurationFile,
    services: supervisorPaths(instance.state).scan,
    keepAlive: [database.app],
    writer: database.edge,
    watches: database.watches,
    tells: archivingTold(room('backup').endpoint),
    pausable: database.pausable,
    notes: database.notes,
    losing: promises.noLostWrites.id,
    jobs: [
      ...loaded.flatMap(({ field, component }) => component.jobs?.(instance, configuration[field]) ?? []),
      ...jobsOf(allDrills),
    ],
    after: database.ready,
  })
}

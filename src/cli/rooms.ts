import { join } from 'node:path'
import { backupComponent } from '../../infrastructure/backup/component.ts'
import { appComponent } from '../../infrastructure/app/component.ts'
import type { AppParts } from '../../infrastructure/app/local.ts'
import type { ApiRelease } from '../../infrastructure/app/releases/layout.ts'
import { takenSince } from '../../infrastructure/app/releases/contractions.ts'
import { damageOfApi } from '../../infrastructure/app/releases/stage.ts'
import { isReferenceApp } from '../../infrastructure/app/settings.ts'
import { cdnCauses, type Origin } from '../../infrastructure/cdn/causes.ts'
import { cdnComponent } from '../../infrastructure/cdn/component.ts'
import { siteClient } from '../../infrastructure/cdn/fetch.ts'
import { cdnReserved } from '../../infrastructure/cdn/reserved.ts'
import { isOfApi } from '../../infrastructure/cdn/routing.ts'
import { siteOf } from '../../infrastructure/cdn/site.ts'
import { databaseComponent } from '../../infrastructure/database/component.ts'
import { loadTestingComponent } from '../../infrastructure/load-testing/component.ts'
import { userAgent } from '../../infrastructure/load-testing/scenarios/stages.ts'
import { isDefaultJourney, pathsGot } from '../../infrastructure/load-testing/settings.ts'
import { alarmsAt } from '../../infrastructure/monitoring/alarms.ts'
import { monitoringComponent } from '../../infrastructure/monitoring/component.ts'
import type { MonitoringProvides } from '../../infrastructure/monitoring/local.ts'
import { agentEngine, agentName } from '../agent/engine.ts'
import { causesOf, exporterEngine } from '../agent/exporter-engine.ts'
import { inbox } from '../agent/history.ts'
import { reserved } from '../config/reserved.ts'
import type { Configuration } from '../config/schema.ts'
import type { Measured } from '../core/alarm.ts'
import type { Component, Local } from '../core/component.ts'
import { bindDrills, type BoundDrill, type Drill, jobsOf } from '../core/drill.ts'
import type { Guarantee, Guarantees } from '../core/guarantee.ts'
import type { Instance } from '../core/instance.ts'
import type { PackageNeed, Plan } from '../core/plan.ts'
import { portsOf, secretsOf } from '../core/reserved.ts'
import type { Records } from '../core/record.ts'
import { type BoundCheck, bind } from '../core/verify.ts'
import type { World } from '../core/world.ts'
import { balancerName } from '../engines/balancer.ts'
import { nginxDirectories } from '../engines/nginx.ts'
import { type PgAddress, publicUrlOf } from '../engines/postgres.ts'
import { certificateStep, tlsFiles } from '../targets/local/certificate.ts'
import { sayingDirectories } from '../targets/local/directories.ts'
import { siteTls } from '../targets/local/site-certificate.ts'
import { appliedStamp, takenOverAt } from '../targets/local/applied.ts'
import { recordsOf } from '../targets/local/records.ts'
import { Supervisor, supervisorPaths } from '../targets/local/s6.ts'

/** The rooms put together for one instance: the one place that knows all of them. */
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
  }
  /** With it visitors of a load test sign in. */
  readonly testPassword: string
  /** Content of a libpq password file for writer, reader and session. */
  readonly passwordFile: string
  /** The parts that a release of the API goes through, and the schema that it may only expand. */
  readonly api?: AppParts & { readonly owner: PgAddress; readonly role: string }
  /** The release that is live. */
  readonly release: () => Promise<string | undefined>
  /** Sends a message to everybody who is told of alarms; absent where nobody is. */
  readonly announce?: NonNullable<MonitoringProvides['announce']>
  /** In the order of allDrills. */
  readonly drills: readonly BoundDrill[]
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

/** The rooms, in the order in which they are shown. */
const rooms = [
  databaseComponent,
  backupComponent,
  appComponent,
  cdnComponent,
  loadTestingComponent,
  monitoringComponent,
]

/** Every guarantee of every room. */
export const allGuarantees: readonly Guarantee[] = rooms.flatMap(({ guarantees }) =>
  Object.values<Guarantee>(guarantees),
)

/** Every drill of every room. */
export const allDrills: readonly Drill<never>[] = rooms.flatMap(({ drills = [] }): readonly Drill<never>[] => drills)

/** What every room measures, and when somebody is called about it. */
export const allMeasured: readonly Measured[] = rooms.flatMap(({ alarms = [] }): readonly Measured[] => alarms)

/** Ids of the guarantees that one machine can never keep. */
export const neverOnOneMachine: ReadonlySet<string> = new Set(
  rooms.flatMap(({ name, checks }) =>
    Object.entries<object>(checks).flatMap(([promise, check]) => ('never' in check ? [`${name}.${promise}`] : [])),
  ),
)

/** The journey that everybody has who writes none is that of the reference app, and of no other. */
const saysWhatVisitorsDo = ({ loadTesting, site }: Configuration): boolean =>
  !isDefaultJourney(loadTesting) || isReferenceApp(site)

/** A room's checks and drills, with what it deployed. */
function bindRoom<G extends Guarantees, Settings, Endpoint, Needs, Provides>(
  { guarantees, checks, drills = [] }: Component<G, Settings, Endpoint, Needs, Provides>,
  { endpoint }: Local<Endpoint, Provides>,
  records: Records,
): { readonly checks: readonly BoundCheck[]; readonly drills: readonly BoundDrill[] } {
  return { checks: bind(guarantees, checks, endpoint), drills: bindDrills(drills, endpoint, records) }
}

/** The balancer before the API's processes, as what the site's errors can be made with. Ctrl-C does not leave it down. */
function originOf(state: string): Origin {
  const of = (world: World) =>
    new Supervisor(supervisorPaths(state), {
      ...world,
      run: (command, options) => world.run(command, { ...options, uninterrupted: true }),
    })
  return { stop: (world) => of(world).down(balancerName), start: (world) => of(world).up(balancerName) }
}

export function compose(
  configuration: Configuration,
  instance: Instance,
  configurationFile: string,
  published?: ApiRelease,
): Composed {
  const tls = tlsFiles(instance.state)
  const { domain } = configuration.serve
  const database = databaseComponent.local(instance, configuration.database, {
    tls,
    takenOverAt: (engine) => takenOverAt(instance.state, engine),
  })
  const tlsOfSite = siteTls(instance.state, configuration.serve.certificate)
  const { https, edge } = siteOf(instance, { domain, tls: tlsOfSite })
  // No check trusts what is shown until a certificate is ordered.
  const { alsoTrusted: _, ...endpointOfSite } = edge.endpoint
  const app = appComponent.local(instance, configuration.site, {
    database: database.provides,
    publicUrl: https,
    testAccounts: configuration.loadTesting.accounts,
    running: (world) => new Supervisor(supervisorPaths(instance.state), world).running(),
    visits: {
      journey: saysWhatVisitorsDo(configuration) ? configuration.loadTesting.journey : undefined,
      choices: configuration.loadTesting.choices,
      isOfApi,
      open: () => siteClient(endpointOfSite),
    },
    innerPorts: [instance.ports.pooler, ...Object.values(portsOf(instance, reserved)).flat()],
    published,
    edge: {
      configuration: join(nginxDirectories(instance).home, 'nginx.conf'),
      logs: join(supervisorPaths(instance.state).logs, 'nginx'),
      proof: secretsOf(instance, cdnReserved).proxy,
    },
  })
  const cdn = cdnComponent.local(instance, configuration.cdn, {
    domain,
    tls: tlsOfSite,
    journey: saysWhatVisitorsDo(configuration) ? pathsGot(configuration.loadTesting) : [],
    loadTestAgent: userAgent,
    app: app.provides,
    apiDamage: (id) => damageOfApi(instance.state, id),
    takenSince: (id) => takenSince(instance, configuration.site, id),
    agentRuns: async (world) => (await new Supervisor(supervisorPaths(instance.state), world).status(agentName)).up,
  })
  // What a load test was made on: the site's release and the API's version; a new one of either wants a new run.
  const release = async (): Promise<string | undefined> => {
    const [site, processes] = await Promise.all([cdn.provides.release(), appliedStamp(instance.state, 'api1')])
    return site === undefined || processes === undefined ? site : `${site}+${processes.slice(0, 8)}`
  }
  const loadTesting = loadTestingComponent.local(instance, configuration.loadTesting, { release })
  const backup = backupComponent.local(instance, configuration.backup, {})
  const records = recordsOf(instance.state)
  const monitoring = monitoringComponent.local(instance, configuration.monitoring, {
    tls,
    alarms: alarmsAt(configuration.monitoring, allMeasured),
    records,
    inbox: () => inbox(instance.state, 50),
    causes: {
      ...database.provides.causes,
      ...cdnCauses({
        endpoint: endpointOfSite,
        site: join(instance.state, 'site'),
        sockets: edge.sockets,
        api: app.provides.api?.health,
        origin: originOf(instance.state),
      }),
    },
    database: { servers: Object.values(database.provides.members), ready: database.provides.ready },
    drills: causesOf(instance.state),
  })
  const { exporter } = monitoring.provides
  const agent = agentEngine(instance, {
    component: monitoringComponent.name,
    configurationFile,
    keepAlive: [database.provides.app],
    writer: database.provides.edge,
    watches: database.provides.watches,
    losing: databaseComponent.guarantees.noLostWrites.id,
    jobs: [...rooms.flatMap(({ jobs }) => jobs?.(instance) ?? []), ...jobsOf(allDrills)],
    after: database.provides.ready,
  })
  const plan: Plan = [
    certificateStep(instance.state, domain),
    ...database.plan,
    ...backup.plan,
    ...app.plan,
    ...cdn.plan,
    ...loadTesting.plan,
    ...monitoring.plan,
    ...(exporter
      ? [
          exporterEngine(instance, {
            ...exporter,
            members: Object.keys(database.provides.members),
            services: supervisorPaths(instance.state).scan,
            accessLog: join(supervisorPaths(instance.state).logs, 'nginx'),
            configurationFile,
          }),
        ]
      : []),
    agent,
  ]
  const bound = [
    bindRoom(databaseComponent, database, records),
    bindRoom(backupComponent, backup, records),
    bindRoom(appComponent, app, records),
    bindRoom(cdnComponent, cdn, records),
    bindRoom(loadTestingComponent, loadTesting, records),
    bindRoom(monitoringComponent, monitoring, records),
  ]
  const { app: writer, reader, session } = database.provides
  return {
    plan,
    checks: sayingDirectories(
      bound.flatMap(({ checks }) => checks),
      plan,
      instance,
    ),
    needs: [...ownNeeds, ...plan.flatMap((part) => (part.kind === 'engine' && part.need ? [part.need] : []))],
    addresses: {
      site: cdn.provides.https,
      api: app.provides.api ? `${cdn.provides.https}/api` : null,
      writer: publicUrlOf(writer),
      reader: publicUrlOf(reader),
      session: publicUrlOf(session),
    },
    testPassword: app.endpoint.visits.password,
    passwordFile: [writer, reader, session]
      .map(({ host, port, database: name, user, password }) => `${[host, port, name, user, password].join(':')}\n`)
      .join(''),
    release,
    ...(app.provides.parts
      ? { api: { ...app.provides.parts, owner: database.provides.owner, role: database.provides.app.user } }
      : {}),
    ...(monitoring.provides.announce ? { announce: monitoring.provides.announce } : {}),
    drills: bound.flatMap(({ drills }) => drills),
  }
}

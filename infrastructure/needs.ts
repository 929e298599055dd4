import { createHash } from 'node:crypto'
import { join } from 'node:path'
import program from '../package.json' with { type: 'json' }
import { countLine, LogTail, nothingCounted } from '../src/agent/access-log.ts'
import { agentName } from '../src/agent/engine.ts'
import { causesOf } from '../src/agent/exporter-engine.ts'
import { inbox, notify } from '../src/agent/history.ts'
import type { Probe } from '../src/core/probe.ts'
import { reserved } from '../src/config/reserved.ts'
import type { Configuration } from '../src/config/schema.ts'
import type { Measured } from '../src/core/alarm.ts'
import type { Instance } from '../src/core/instance.ts'
import { sendSignal } from '../src/core/process.ts'
import type { Part, Unowned } from '../src/core/plan.ts'
import { portsOf, secretsOf } from '../src/core/reserved.ts'
import type { World } from '../src/core/world.ts'
import { balancerName } from '../src/engines/balancer.ts'
import { nginxDirectories } from '../src/engines/nginx.ts'
import { appliedStamp, takenOverAt } from '../src/targets/local/applied.ts'
import { readText } from '../src/targets/local/files.ts'
import { tlsFiles } from '../src/targets/local/certificate.ts'
import { versionOf } from '../src/targets/local/packages.ts'
import { recordsOf } from '../src/targets/local/records.ts'
import { Supervisor, supervisorPaths } from '../src/targets/local/s6.ts'
import { siteTls } from '../src/targets/local/site-certificate.ts'
import { appCauses } from './app/causes.ts'
import { enginesOf } from './app/endpoint.ts'
import { takenSince } from './app/releases/contractions.ts'
import type { ApiRelease } from './app/releases/layout.ts'
import { damageOfApi } from './app/releases/stage.ts'
import { isReferenceApp } from './app/settings.ts'
import { Visitor } from './app/visitor.ts'
import { boundsOf } from './backup/alarms.ts'
import { backupCauses } from './backup/causes.ts'
import { archiveParameters } from './backup/paths.ts'
import { cdnCauses, type Front, type Origin } from './cdn/causes.ts'
import { siteClient } from './cdn/fetch.ts'
import { cdnReserved } from './cdn/reserved.ts'
import { liveRelease } from './cdn/releases/layout.ts'
import { isOfApi } from './cdn/routing.ts'
import { versionsOf } from './database/cluster.ts'
import { engineVersions, postgresVersion } from './engine-versions.ts'
import { userAgent } from './load-testing/scenarios/stages.ts'
import { isDefaultJourney, pathsGot } from './load-testing/settings.ts'
import { alarmsAt } from './monitoring/alarms.ts'
import { ownCauses, type Programs } from './monitoring/causes.ts'
import { figuresOf } from './monitoring/figures.ts'
import type { LocalOf, NeedsOf, RoomName } from './rooms.ts'
import { siteOfInstance } from './site.ts'

const visitorWaitsMs = 10_000

/** So many messages are looked through for the one of an alarm. */
const lookedBack = 50

/** What a room may be given: the instance, the configuration, and what other rooms have there. */
export type Given = {
  readonly instance: Instance
  readonly configuration: Configuration
  /** The API that was published; without one the app runs in the folder of the configuration. */
  readonly published: ApiRelease | undefined
  /** What every room measures with its settings, and when somebody is called about it. */
  readonly measured: readonly Measured[]
  /** Another room on the same machine. It must not need, by any way, the one that asks. */
  readonly room: <Name extends RoomName>(name: Name) => LocalOf<Name>
}

/** Who provides what to whom. A room that takes nothing from others has no line here; with one missing it does not compile. */
export const needs: {
  readonly [Name in RoomName as keyof NeedsOf<Name> extends never ? never : Name]: (given: Given) => NeedsOf<Name>
} = {
  database: ({ instance, configuration }) => ({
    tls: tlsFiles(instance.state),
    takenOverAt: (engine) => takenOverAt(instance.state, engine),
    archive: archiveParameters(instance, configuration.backup),
    services: {
      names: (world) => new Supervisor(supervisorPaths(instance.state), world).services(),
      down: (name, world) => new Supervisor(supervisorPaths(instance.state), world).down(name),
      remove: (name, world) => new Supervisor(supervisorPaths(instance.state), world).remove(name),
    },
    logs: supervisorPaths(instance.state).logs,
    figures: configuration.monitoring.enabled ? figuresOf(instance, tlsFiles(instance.state)) : undefined,
  }),

  backup: ({ instance, configuration, room }) => {
    const database = room('database').provides
    return {
      database,
      folders: ['uploads', 'site', 'api'].map((name) => join(instance.state, name)),
      records: recordsOf(instance.state),
      bounds: boundsOf(configuration),
      inbox: {
        put: (message) => notify(instance.state, message),
        newest: (count) => inbox(instance.state, count),
      },
      after: { ready: database.ready, inForce: database.inForce },
    }
  },

  app: ({ instance, configuration, published, room }) => {
    const { https, edge } = siteOfInstance(instance, configuration)
    // No check trusts what is shown until a certificate is ordered.
    const { alsoTrusted: _, ...endpointOfSite } = edge.endpoint
    const database = room('database').provides
    return {
      database: { ...database, ...database.clients },
      publicUrl: https,
      testAccounts: configuration.loadTesting.accounts,
      running: (world) => new Supervisor(supervisorPaths(instance.state), world).running(),
      visits: {
        journey: saysWhatVisitorsDo(configuration) ? configuration.loadTesting.journey : undefined,
        choices: configuration.loadTesting.choices,
        isOfApi,
        open: () => siteClient(endpointOfSite),
      },
      innerPorts: [instance.ports.pooler, ...Object.values(portsUsed({ instance, room })).flat()],
      published,
      edge: {
        configuration: join(nginxDirectories(instance).home, 'nginx.conf'),
        logs: join(supervisorPaths(instance.state).logs, 'nginx'),
        proof: secretsOf(instance, cdnReserved).proxy,
      },
    }
  },

  cdn: ({ instance, configuration, room }) => ({
    domain: configuration.serve.domain,
    tls: siteTls(instance.state, configuration.serve.certificate),
    journey: saysWhatVisitorsDo(configuration) ? pathsGot(configuration.loadTesting) : [],
    loadTestAgent: userAgent,
    app: room('app').provides,
    apiDamage: (id) => damageOfApi(instance.state, id),
    takenSince: (id) => takenSince(instance, configuration.site, id),
    agentRuns: async (world) => (await new Supervisor(supervisorPaths(instance.state), world).status(agentName)).up,
  }),

  loadTesting: ({ instance, configuration, room }) => ({
    // What a load test was made on: the site's release and the API's version; a new one of either wants a new run.
    release: async () => {
      const [site, processes] = await Promise.all([
        room('cdn').provides.release(),
        appliedStamp(instance.state, 'api1'),
      ])
      return site === undefined || processes === undefined ? site : `${site}+${processes.slice(0, 8)}`
    },
    versions: async () => {
      const commit = (await liveRelease(siteOfInstance(instance, configuration).site))?.commit
      return {
        edge: program.version,
        configuration: digestOf(configuration),
        ...(commit === undefined ? {} : { commit }),
      }
    },
    engineVersions: async (world) => {
      const plan = [room('cdn'), room('app'), room('database')].flatMap((one): readonly Unowned<Part>[] => one.plan)
      const programs = await engineVersions(plan, instance.appNode, (need) => versionOf(need, world))
      const members = await versionsOf(room('database').endpoint.cluster).catch(() => undefined)
      return members ? { ...programs, ...members, postgresql: postgresVersion(members.postgresql) } : programs
    },
    place: placeOf(instance, configuration),
    password: room('app').endpoint.visits.password,
    visitor: async ({ site, ...how }, places) => {
      const client = await siteClient({ https: site, ...how })
      const visitor = new Visitor(client, site, places)
      return {
        ask: async (request) => (await visitor.ask(request, visitorWaitsMs)).problem,
        pathOf: (request) => visitor.pathOf(request),
        leave: () => client.close(),
      }
    },
    records: recordsOf(instance.state),
    pool: room('database').provides.pool,
    atWork: room('database').provides.atWork,
    eventLoops: room('app').provides.eventLoops,
    files: () => filesAsked(join(supervisorPaths(instance.state).logs, 'nginx')),
    isUp: (world) => new Supervisor(supervisorPaths(instance.state), world).isRunning(),
    engines: async (world) => ({
      processes: await new Supervisor(supervisorPaths(instance.state), world).running(),
      folders: new Map(
        Object.keys(room('database').provides.members).map((member) => [join(instance.state, 'data', member), member]),
      ),
    }),
  }),

  monitoring: ({ instance, configuration, measured, room }) => {
    const { causes, members, ready } = room('database').provides
    const { edge } = siteOfInstance(instance, configuration)
    const { alsoTrusted: _, ...endpointOfSite } = edge.endpoint
    return {
      tls: tlsFiles(instance.state),
      alarms: alarmsAt(configuration.monitoring, measured),
      records: recordsOf(instance.state),
      inbox: () => inbox(instance.state, lookedBack),
      logs: supervisorPaths(instance.state).logs,
      causes: {
        ...causes,
        ...cdnCauses({
          endpoint: endpointOfSite,
          site: join(instance.state, 'site'),
          sockets: edge.sockets,
          api: room('app').provides.api?.health,
          origin: originOf(instance.state),
          front: frontOf(instance.state),
        }),
        ...appCauses(enginesOf(room('app').endpoint), (name, signal, world) =>
          toGroup(instance.state, name, signal, world),
        ),
        ...backupCauses(room('backup').endpoint, boundsOf(configuration)),
        ...ownCauses(agentName, programsOf(instance.state)),
      },
      database: { servers: members, ready },
      scraped: [...room('database').provides.scraped, ...room('app').provides.scraped],
      drills: causesOf(instance.state),
      reload: (engine, world) => uninterrupted(instance.state, world).signal(engine, 'SIGHUP'),
      site: { probes: probesOf(endpointOfSite, room('app').provides.api?.health), ready: room('cdn').provides.ready },
      processes: (room('app').endpoint.api?.own?.processes ?? []).flatMap(({ name, probe }) =>
        probe.kind === 'http' ? [{ name, url: probe.url }] : [],
      ),
    }
  },
}

/** Of what is in force, with every default; the configuration holds no secret. */
const digestOf = (configuration: Configuration): string =>
  createHash('sha256').update(JSON.stringify(configuration)).digest('hex').slice(0, 12)

/** Where load tests go: they trust what visitors trust, and not what is shown until a certificate is ordered. */
function placeOf(instance: Instance, configuration: Configuration) {
  const { alsoTrusted: _, https: site, ...how } = siteOfInstance(instance, configuration).edge.endpoint
  return { site, ...how }
}

/** Counts the files that visitors ask for from now on: each call answers those since the one before. */
async function filesAsked(log: string) {
  const tail = new LogTail(log)
  await tail.begin()
  return async () => {
    const counted = nothingCounted([])
    for (const line of await tail.lines()) countLine(line, counted)
    return counted.files
  }
}

/** The first page, and the API where visitors can ask for its health. */
function probesOf(
  { https, ...how }: Omit<Probe, 'what' | 'url' | 'below'> & { readonly https: string },
  health?: string,
) {
  const page: Probe = { what: 'site', url: new URL('/', https).href, below: 400, ...how }
  if (health === undefined || !isOfApi(health)) return [page]
  return [page, { ...page, what: 'api', url: new URL(health, https).href, below: 300 } as const]
}

/** Ctrl-C in the middle leaves nothing down. */
const uninterrupted = (state: string, world: World): Supervisor =>
  new Supervisor(supervisorPaths(state), {
    ...world,
    run: (command, options) => world.run(command, { ...options, uninterrupted: true }),
  })

/** The balancer before the API's processes, as what the site's errors can be made with. */
const originOf = (state: string): Origin => ({
  stop: (world) => uninterrupted(state, world).down(balancerName),
  start: (world) => uninterrupted(state, world).up(balancerName),
  hold: (world) => toWorkers(state, world, 'SIGSTOP'),
  letGo: (world) => toWorkers(state, world, 'SIGCONT'),
})

/** HAProxy's first process only looks after the others, which do the work. */
async function toWorkers(state: string, world: World, signal: string): Promise<void> {
  const { pid } = await uninterrupted(state, world).status(balancerName)
  if (pid === undefined) return
  const children = (await readText(`/proc/${pid}/task/${pid}/children`)) ?? ''
  for (const child of children.split(' ').filter(Boolean)) sendSignal(Number(child), signal)
}

/** An engine leads the group of all that it has started. */
async function toGroup(state: string, name: string, signal: string, world: World): Promise<void> {
  const { pid } = await uninterrupted(state, world).status(name)
  if (pid !== undefined) sendSignal(-pid, signal)
}

const frontOf = (state: string): Front => ({
  stop: (world) => uninterrupted(state, world).down('nginx'),
  start: (world) => uninterrupted(state, world).up('nginx'),
})

const programsOf = (state: string): Programs => ({
  stop: (name, world) => uninterrupted(state, world).down(name),
  start: (name, world) => uninterrupted(state, world).up(name),
  pid: async (name, world) => (await uninterrupted(state, world).status(name)).pid,
  signal: async (name, signal, world) => {
    const { pid } = await uninterrupted(state, world).status(name)
    if (pid !== undefined) sendSignal(pid, signal)
  },
})

/** By name, what listens inside; no port that is only kept for a member of the database that there is not. */
export const portsUsed = ({
  instance,
  room,
}: Pick<Given, 'instance' | 'room'>): Readonly<Record<string, number | readonly number[]>> => ({
  ...portsOf(instance, reserved),
  ...room('database').provides.portsOfMembers,
})

/** The journey that everybody has who writes none is that of the reference app, and of no other. */
const saysWhatVisitorsDo = ({ loadTesting, site }: Configuration): boolean =>
  !isDefaultJourney(loadTesting) || isReferenceApp(site)

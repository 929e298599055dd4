import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Local } from '../../src/core/component.ts'
import type { Instance } from '../../src/core/instance.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { Engine, Step } from '../../src/core/plan.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import type { Scraped } from '../../src/core/scraped.ts'
import { withLowPorts } from '../../src/targets/local/low-ports.ts'
import type { Duration } from '../../src/core/units.ts'
import { balancer, balancerName, balancerPaths } from '../../src/engines/balancer.ts'
import { commandOf, runOrExplain } from './command.ts'
import type { AppEndpoint, Machine } from './endpoint.ts'
import { eventLoopsOf } from './event-loops.ts'
import { fingerprintOfSources } from './fingerprint.ts'
import { migrationsStep } from './migrations.ts'
import type { AppNeeds } from './needs.ts'
import { apiProcess, apiProcesses, members, trialName } from './processes.ts'
import { balancerConfiguration } from './render-balancer.ts'
import type { ApiRelease } from './releases/layout.ts'
import { damageOfApi, publishedAnew } from './releases/stage.ts'
import { appReserved } from './reserved.ts'
import type { SiteSettings } from './settings.ts'

export type AppProvides = {
  readonly api?: {
    readonly upstreams: readonly string[]
    /** Whether a connection may be used for one request after the other. */
    readonly keepsConnections: boolean
    readonly health: string
    readonly drain: Duration
    readonly timeout: Duration
    readonly streamIdle: Duration
    readonly release?: string
  }
  /** `builtFrom`: where its sources are, as far as they are elsewhere. */
  readonly static: { readonly directory: string; readonly builtFrom?: string; readonly after: readonly string[] }
  /** By how many ms the event loop of each process was late; absent where none says it. */
  readonly eventLoops?: () => Promise<Readonly<Record<string, number>>>
  /** Figures that the processes give themselves. */
  readonly scraped: readonly Scraped[]
  readonly ready: readonly string[]
  /** What a release of the API changes; undefined where edge runs none. */
  readonly parts?: AppParts
}

/** The parts of the app that a release of the API goes through, in this order. */
export type AppParts = {
  readonly migrations?: Step
  /** One more process beside those that answer visitors, to see whether a new program starts at all. */
  readonly trial: (port: number) => Engine
  readonly processes: readonly Engine[]
}

type Build = Exclude<SiteSettings['static'], string>

const buildWithinMs = 10 * 60_000

/** The operator's app by its configuration: its build, its schema, its API processes. */
export function local(instance: Instance, site: SiteSettings, needs: AppNeeds): Local<AppEndpoint, AppProvides> {
  const build = typeof site.static === 'string' ? undefined : buildStep(instance, site.static)
  const migrations = site.migrations ? migrationsStep(instance, site.migrations, site.api, needs) : undefined
  const before = [...needs.database.ready, ...(migrations ? [migrations.name] : [])]
  const program = site.api && 'command' in site.api ? site.api : undefined
  const processes = program ? apiProcesses(instance, program, needs, before) : []
  const output = typeof site.static === 'string' ? resolve(instance.directory, site.static) : outputOf(instance)
  const release = program && needs.published ? { release: needs.published.id } : {}
  const names = processes.map(({ name }) => name)
  const own = program
    ? { own: { processes: processes.map(({ name, ready: probe }) => ({ name, probe })), drain: program.drain } }
    : {}
  return {
    plan: [
      ...(build ? [build] : []),
      ...(migrations ? [migrations] : []),
      ...(program && needs.published ? [publishedStep(instance, needs.published)] : []),
      ...processes,
      ...(program
        ? [balancer(instance, balancerConfiguration(instance, { members: members(instance), ...program }), names)]
        : []),
    ],
    provides: {
      ...(site.api ? { api: { ...entrance(instance, site.api), ...release } } : {}),
      static: {
        directory: output,
        ...(build ? { builtFrom: instance.directory } : {}),
        after: build ? [build.name] : [],
      },
      ...(program?.eventLoop === undefined ? {} : { eventLoops: eventLoopsOf(members(instance), program.eventLoop) }),
      scraped: scrapedOf(instance, program?.metrics),
      ready: program ? [...names, balancerName] : [],
      ...(program
        ? {
            parts: {
              ...(migrations ? { migrations } : {}),
              trial: (port) => apiProcess(instance, program, needs, { name: trialName, port, after: [] }),
              processes,
            },
          }
        : {}),
    },
    endpoint: {
      visits: {
        ...needs.visits,
        site: needs.publicUrl,
        accounts: needs.testAccounts,
        password: secretsOf(instance, appReserved).testAccounts,
      },
      machine: machineOf(instance, needs),
      ...(site.api ? { api: { health: site.api.health, ...own } } : {}),
    },
  }
}

const scrapedOf = (instance: Instance, path: string | undefined): readonly Scraped[] =>
  path === undefined
    ? []
    : [
        {
          job: 'api',
          path,
          encrypted: false,
          targets: members(instance).map(({ name: server, port }) => ({ server, port })),
        },
      ]

function machineOf(instance: Instance, { running, innerPorts }: AppNeeds): Machine {
  const { https, http } = instance.ports
  return {
    state: instance.state,
    running,
    innerPorts,
    public: { service: 'nginx', listen: instance.listen, ports: [https, http] },
    asNginx: (command) => withLowPorts(instance, command),
  }
}

/**
 * Looks whether the published API is what was published: its processes go on with what they read at their start. Nothing
 * stands on it, so that a machine which comes up has them all the same.
 */
function publishedStep({ state }: Instance, { id }: ApiRelease): Step {
  const problem = async () => {
    const damage = await damageOfApi(state, id)
    return damage === undefined ? undefined : `API ${id}: ${damage}`
  }
  return {
    kind: 'step',
    name: 'published',
    component: 'app',
    title: 'published API',
    after: [],
    observe: async () => {
      const missing = await problem()
      return missing === undefined ? 'done' : { missing: `${missing}; ${publishedAnew}` }
    },
    // What it was made of, only whoever built it has.
    ensure: async () => {
      const what = (await problem()) ?? `API ${id} was not whole a moment ago`
      throw new OperatorError('published API', what, publishedAnew)
    },
    detail: async () => id,
  }
}

const outputOf = (instance: Instance): string => join(instance.state, 'build', 'web')

/** Where the API is asked, and where it says that it is there. */
function entrance(instance: Instance, settings: NonNullable<SiteSettings['api']>) {
  const { health, drain, timeout, streamIdle } = settings
  const patience = { health, drain, timeout, streamIdle }
  if ('command' in settings)
    return { upstreams: [`unix:${balancerPaths(instance).api}`], keepsConnections: false, ...patience }
  const { hostname, port } = new URL(settings.url)
  return { upstreams: [`${hostname}:${port === '' ? '80' : port}`], keepsConnections: true, ...patience }
}

function buildStep(instance: Instance, { command, sources }: Build): Step {
  const output = outputOf(instance)
  const stamp = `${output}.fingerprint`
  const wanted = () => fingerprintOfSources(instance.directory, sources, command)
  return {
    kind: 'step',
    name: 'build',
    component: 'app',
    title: 'build',
    after: [],
    observe: async () => {
      const found = await readFile(stamp, 'utf8').catch(() => undefined)
      if (found === undefined || !existsSync(output)) return { missing: 'nothing was built yet' }
      return found === (await wanted()) ? 'done' : { missing: 'the sources changed' }
    },
    ensure: async (world) => {
      const fingerprint = await wanted()
      const aside = `${output}.new`
      await rm(aside, { recursive: true, force: true })
      await mkdir(aside, { recursive: true, mode: 0o755 })
      await runOrExplain(
        world,
        instance,
        instance.directory,
        'build',
        commandOf(instance, command, { output: aside }),
        {},
        buildWithinMs,
      )
      await rm(stamp, { force: true })
      await rm(output, { recursive: true, force: true })
      await rename(aside, output)
      await writeFile(stamp, fingerprint)
    },
  }
}

import { join } from 'node:path'
import type { Outside } from '../../src/core/alive.ts'
import type { AskedProcess, Probe } from '../../src/core/probe.ts'
import type { Alarm, Causes } from '../../src/core/alarm.ts'
import { figureOf } from '../../src/core/alarm.ts'
import type { Local } from '../../src/core/component.ts'
import type { World } from '../../src/core/world.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Records } from '../../src/core/record.ts'
import type { Scraped } from '../../src/core/scraped.ts'
import { portsOf } from '../../src/core/reserved.ts'
import { alertmanager, routesFileOf } from '../../src/engines/alertmanager.ts'
import type { MutualTls } from '../../src/engines/mutual-tls.ts'
import { metricsOf, nodeExporter } from '../../src/engines/node-exporter.ts'
import { postgresExporter, type PostgresQuery } from '../../src/engines/postgres-exporter.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import { prometheus } from '../../src/engines/prometheus.ts'
import { deliveryCause } from './delivery-cause.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { diskOperations } from './disk-operations.ts'
import { alertmanagerConfiguration } from './render-alertmanager.ts'
import { prometheusConfiguration } from './render-prometheus.ts'
import { aliveRule, ownRules, ruleOf, rulesFile } from './render-rules.ts'
import { monitoringReserved } from './reserved.ts'
import type { MonitoringSettings } from './settings.ts'
import { silenceJson } from './silence.ts'
import { activeSilences } from './silences.ts'
import { drillsStep } from './step-drills.ts'
import { figuresStep } from './step-figures.ts'

export type MonitoringNeeds = {
  readonly tls: MutualTls
  readonly alarms: readonly Alarm[]
  readonly records: Records
  readonly inbox: Running['inbox']
  readonly logs: string
  readonly causes: Causes
  /** The servers of the database, and what has to be there before one can sign in. */
  readonly database: { readonly servers: Readonly<Record<string, PgAddress>>; readonly ready: readonly string[] }
  readonly drills: string
  /** Programs of other rooms that give figures of their own; no alarm is about them. */
  readonly scraped: readonly Scraped[]
  /** Has one of them read its files anew. */
  readonly reload: (engine: 'prometheus' | 'alertmanager', world: World) => Promise<void>
  /** What is asked as a visitor asks, and what has to be there before that can be answered. */
  readonly site: { readonly probes: readonly Probe[]; readonly ready: readonly string[] }
  /** The API's own processes, of which each is asked by itself. */
  readonly processes: readonly AskedProcess[]
}

export type MonitoringProvides = {
  /** What holds messages back now; undefined where nobody is told of anything. */
  readonly silenced?: () => Promise<readonly ReturnType<typeof silenceJson>[]>
  /** Where the figures are asked for; undefined where nothing is measured. */
  readonly prometheus?: string
  /** What the exporter of edge itself is told; undefined where nothing is measured. */
  readonly exporter?: {
    readonly port: number
    readonly tls: MutualTls
    readonly prometheus: string
    readonly alertmanager: string
    readonly device?: string
    readonly originBounds: readonly number[]
    readonly probes: readonly Probe[]
    readonly processes: readonly AskedProcess[]
    readonly remindEveryMs: number
    readonly heartbeat?: Outside
  }
}

/** The row that the agent writes every five seconds, as each member sees it. */
const queries: Readonly<Record<string, PostgresQuery>> = {
  edge_heartbeat: {
    query: 'select extract(epoch from clock_timestamp() - at) as age_seconds from edge.heartbeat',
    metrics: [{ age_seconds: { usage: 'GAUGE', description: "Age of the agent's newest heartbeat." } }],
  },
}

/** Prometheus, Alertmanager, and what they ask; nothing at all where it is switched off. */
export function local(
  instance: Instance,
  settings: MonitoringSettings,
  needs: MonitoringNeeds,
): Local<MonitoringEndpoint, MonitoringProvides> {
  if (!settings.enabled) {
    const off = 'monitoring is switched off here (monitoring.enabled)'
    return { plan: [], provides: {}, endpoint: { off } }
  }
  const { tls, alarms } = needs
  const ports = portsOf(instance, monitoringReserved)
  const { heartbeat } = settings
  const asked = {
    probes: needs.site.probes.map(({ what }) => what),
    processes: needs.processes.map(({ name }) => name),
  }
  const own = ownRules(settings, asked)
  const rules = [...alarms.map((alarm) => ruleOf(alarm)), ...own, ...(heartbeat ? [aliveRule] : [])]
  const home = join(instance.state, 'engines', 'prometheus')
  const inbox = `https://127.0.0.1:${ports.edgeExporter}/`
  const routes = alertmanagerConfiguration(instance.name, settings, tls, inbox)
  const drillRules = join(home, 'drills')
  const sources = prometheusConfiguration(
    instance.name,
    ports,
    tls,
    join(home, 'rules.yml'),
    drillRules,
    needs.database.servers,
    needs.scraped,
  )
  const way = {
    name: instance.name,
    alertmanager: `https://127.0.0.1:${ports.alertmanager}`,
    tls,
    routes,
    file: routesFileOf(instance),
    reload: (world: World) => needs.reload('alertmanager', world),
  }
  const running: Running = {
    name: instance.name,
    logs: needs.logs,
    prometheus: `https://127.0.0.1:${ports.prometheus}`,
    alertmanager: way.alertmanager,
    tls,
    alarms: [...alarms, diskOperations(settings)],
    rules,
    routes,
    sources,
    records: needs.records,
    inbox: needs.inbox,
    causes: { ...needs.causes, delivery: () => deliveryCause(way) },
    drills: needs.drills,
    drillRules,
    reload: (world) => needs.reload('prometheus', world),
  }
  return {
    plan: [
      nodeExporter(instance, tls, { port: ports.nodeExporter, textfiles: metricsOf(instance.state) }),
      postgresExporter(instance, tls, {
        port: ports.postgresExporter,
        servers: Object.values(needs.database.servers),
        queries,
        after: ['certificate', ...needs.database.ready],
      }),
      alertmanager(instance, tls, { port: ports.alertmanager, configuration: routes }),
      prometheus(instance, tls, {
        port: ports.prometheus,
        configuration: sources,
        rules: rulesFile(rules),
        keep: settings.keep,
        // Before there is a site, nobody is to be called because there is none.
        after: ['certificate', ...needs.site.ready],
      }),
      figuresStep(running),
      drillsStep(running, needs.database.ready),
    ],
    provides: {
      prometheus: running.prometheus,
      silenced: async () => (await activeSilences(running)).map(silenceJson),
      exporter: {
        port: ports.edgeExporter,
        tls,
        prometheus: running.prometheus,
        alertmanager: running.alertmanager,
        ...(settings.disk.device === undefined ? {} : { device: settings.disk.device }),
        originBounds: boundsWith(alarms),
        probes: needs.site.probes,
        processes: needs.processes,
        remindEveryMs: settings.notify.remindEvery.milliseconds,
        ...(heartbeat ? { heartbeat } : {}),
      },
    },
    endpoint: running,
  }
}

/** Seconds; only at a bound does a histogram know for certain how many were slower: that of the alarm is one. */
function boundsWith(alarms: readonly Alarm[]): readonly number[] {
  const own = alarms.flatMap(({ name, fires }) =>
    name === 'originLatency' && 'above' in fires ? [figureOf(fires.above, 'seconds')] : [],
  )
  return [...new Set([0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, ...own])].toSorted((a, b) => a - b)
}

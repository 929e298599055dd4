import { stringify } from 'yaml'
import { clientTls, type MutualTls } from '../../src/engines/mutual-tls.ts'
import type { PgAddress } from '../../src/engines/postgres.ts'
import type { Scraped } from '../../src/core/scraped.ts'
import { jobs } from './jobs.ts'
import { everySeconds } from './render-rules.ts'

/** Where each one answers on loopback. */
export type MonitoringPorts = {
  readonly prometheus: number
  readonly alertmanager: number
  readonly nodeExporter: number
  readonly postgresExporter: number
  readonly edgeExporter: number
}

/** Of Prometheus and Alertmanager themselves hardly anything is looked at, and they have the most to say. */
const ofOwn =
  'alertmanager_(notifications.*|alerts|config.*)|prometheus_(notifications.*|rule_evaluation.*|tsdb_head_series|tsdb_storage.*|config.*)|process_.*'

/** Alarms ask for figures by their names alone: a program that calls its own so would ring them, or keep them silent. */
const ofAlarms = '(alertmanager|edge|etcd|haproxy|node|patroni|pg|prometheus)_.*'

const keep = (names: string) => ({ source_labels: ['__name__'], regex: names, action: 'keep' })

/** The servers of the database, by their names. */
export type Servers = Readonly<Record<string, Pick<PgAddress, 'host' | 'port'>>>

/** Its exporter calls a server by its address: at another port that would be another series, as with an instance. */
const byName = (servers: Servers) =>
  Object.entries(servers).map(([replacement, { host, port }]) => ({
    source_labels: ['server'],
    regex: `${host}:${port}`,
    target_label: 'server',
    replacement,
  }))

const encryptedBy = (tls: MutualTls) => ({ scheme: 'https', tls_config: clientTls(tls) })

/**
 * prometheus.yml, whole. No series is named by a port: where the ports of the instance change, Prometheus starts anew, and for
 * five minutes still has the old series as they were last, which is down. `others`: who else is asked. `rules`: the path of the
 * rules; `drillRules`: the folder of those that a drill adds.
 */
export function prometheusConfiguration(
  name: string,
  ports: MonitoringPorts,
  tls: MutualTls,
  rules: string,
  drillRules: string,
  servers: Servers,
  others: readonly Scraped[],
): string {
  const at = (port: number, labels?: object) => ({
    ...encryptedBy(tls),
    static_configs: [{ targets: [`127.0.0.1:${port}`], ...(labels ? { labels } : {}) }],
  })
  const scraped = [
    [jobs.prometheus, ports.prometheus],
    [jobs.alertmanager, ports.alertmanager],
    [jobs.node, ports.nodeExporter],
    [jobs.postgres, ports.postgresExporter],
    [jobs.edge, ports.edgeExporter],
  ] as const
  const changes: Readonly<Record<string, readonly object[]>> = {
    [jobs.prometheus]: [keep(ofOwn)],
    [jobs.alertmanager]: [keep(ofOwn)],
    [jobs.postgres]: byName(servers),
  }
  return stringify(
    {
      global: {
        scrape_interval: `${everySeconds}s`,
        scrape_timeout: '10s',
        evaluation_interval: `${everySeconds}s`,
        external_labels: { edge: name },
      },
      // A pattern: a file that is named has to be there.
      rule_files: [rules, `${drillRules}/*.yml`],
      alerting: { alertmanagers: [at(ports.alertmanager)] },
      scrape_configs: [
        ...scraped.map(([job, port]) => ({
          job_name: job,
          ...at(port, { instance: job }),
          ...(changes[job] ? { metric_relabel_configs: changes[job] } : {}),
        })),
        ...others.map(({ job, path, encrypted, targets, keeps }) => ({
          job_name: job,
          metrics_path: path,
          ...(encrypted ? encryptedBy(tls) : {}),
          static_configs: targets.map(({ port, server }) => ({
            targets: [`127.0.0.1:${port}`],
            labels: { server, instance: server },
          })),
          metric_relabel_configs: [keeps === undefined ? { ...keep(ofAlarms), action: 'drop' } : keep(keeps)],
        })),
      ],
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  )
}

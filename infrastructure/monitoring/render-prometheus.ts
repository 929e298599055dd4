import { stringify } from 'yaml'
import { clientTls, type MutualTls } from '../../src/engines/mutual-tls.ts'
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

/** prometheus.yml, whole. `rules`: the path of the rules; `drillRules`: the folder of those that a drill adds. */
export function prometheusConfiguration(
  name: string,
  ports: MonitoringPorts,
  tls: MutualTls,
  rules: string,
  drillRules: string,
): string {
  const at = (port: number) => ({
    scheme: 'https',
    tls_config: clientTls(tls),
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  })
  const scraped = [
    [jobs.prometheus, ports.prometheus],
    [jobs.alertmanager, ports.alertmanager],
    [jobs.node, ports.nodeExporter],
    [jobs.postgres, ports.postgresExporter],
    [jobs.edge, ports.edgeExporter],
  ] as const
  // Of Prometheus and Alertmanager themselves hardly anything is looked at, and they have the most to say.
  const kept = {
    source_labels: ['__name__'],
    regex:
      'alertmanager_(notifications.*|alerts|config.*)|prometheus_(notifications.*|rule_evaluation.*|tsdb_head_series|tsdb_storage.*|config.*)|process_.*',
    action: 'keep',
  }
  const own: ReadonlySet<string> = new Set([jobs.prometheus, jobs.alertmanager])
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
      scrape_configs: scraped.map(([job, port]) => ({
        job_name: job,
        ...at(port),
        ...(own.has(job) ? { metric_relabel_configs: [kept] } : {}),
      })),
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  )
}

import { stringify } from 'yaml'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { clientTls } from '../../src/engines/mutual-tls.ts'
import type { World } from '../../src/core/world.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { grafanaDashboard } from './grafana.ts'

/** Writes what an operator's own Grafana or Prometheus reads. */
export async function exportFor(
  endpoint: MonitoringEndpoint,
  { stdout }: World,
  [action]: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
) {
  if (action !== 'export')
    throw new OperatorError('monitoring', `"${String(action)}" is unknown`, 'edge monitoring export', exit.usage)
  if ('off' in endpoint) throw new OperatorError('monitoring', endpoint.off, 'monitoring: { enabled: true }')
  if (options['grafana'] === true)
    stdout.write(`${JSON.stringify(grafanaDashboard(endpoint.name, endpoint.alarms), undefined, 2)}\n`)
  else if (options['federation'] === true) stdout.write(stringify([federationJob(endpoint)]))
  else throw new OperatorError('monitoring', 'nobody knows for whom', '--grafana, or --federation', exit.usage)
  return exit.ok
}

/** A job of another Prometheus on this machine, which may read the instance's certificates: takes over every figure. */
export const federationJob = ({ name, prometheus, tls }: Pick<Running, 'name' | 'prometheus' | 'tls'>) => ({
  job_name: `edge-${name}`,
  honor_labels: true,
  metrics_path: '/federate',
  // Alarms that ring are figures without a job.
  params: { 'match[]': ['{job=~".+"}', 'ALERTS'] },
  scheme: 'https',
  tls_config: clientTls(tls),
  static_configs: [{ targets: [new URL(prometheus).host] }],
})

import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import { type MutualTls, webConfiguration } from './mutual-tls.ts'
import { goEnvironment } from './prometheus.ts'

/** Where rooms leave figures of their own, as files of Prometheus's text form (`*.prom`). */
export const metricsOf = (state: string): string => join(state, 'metrics')

/** What the alarms and a look at the machine need; all of them cost three times as much. */
const collectors = ['cpu', 'diskstats', 'filesystem', 'loadavg', 'meminfo', 'netdev', 'textfile', 'timex', 'vmstat']

/** Figures of the machine, and those that others leave as files (`*.prom`) in a folder. */
export function nodeExporter(
  instance: Instance,
  tls: MutualTls,
  { port, textfiles }: { readonly port: number; readonly textfiles: string },
): Unowned<Engine> {
  const home = join(instance.state, 'engines', 'node-exporter')
  const web = join(home, 'web.yml')
  return {
    kind: 'engine',
    name: 'node-exporter',
    need: {
      binary: 'prometheus-node-exporter',
      version: { args: ['--version'], pattern: /node_exporter, version ([\d.]+)/, atLeast: '1.5' },
      packages: ['prometheus-node-exporter'],
    },
    command: [
      'prometheus-node-exporter',
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.config.file=${web}`,
      '--web.disable-exporter-metrics',
      '--collector.disable-defaults',
      ...collectors.map((name) => `--collector.${name}`),
      `--collector.textfile.directory=${textfiles}`,
      '--log.level=warn',
    ],
    environment: goEnvironment(25),
    files: [webConfiguration(web, tls)],
    watches: [tls.certificate],
    directories: [home, textfiles],
    ready: { kind: 'mutualTls', port, ca: tls.ca },
    readyWithin: duration('15 seconds'),
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: ['certificate'],
  }
}

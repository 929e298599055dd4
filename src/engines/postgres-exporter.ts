import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import { type MutualTls, webConfiguration } from './mutual-tls.ts'
import { type PgAddress, urlOf } from './postgres.ts'
import { goEnvironment } from './prometheus.ts'

/** One figure of a server, by a query of one row. */
export type PostgresQuery = {
  readonly query: string
  readonly metrics: readonly Readonly<Record<string, { readonly usage: string; readonly description: string }>>[]
}

/** One process for all servers; each figure names its server. */
export function postgresExporter(
  instance: Instance,
  tls: MutualTls,
  given: {
    readonly port: number
    readonly servers: readonly PgAddress[]
    readonly queries: Readonly<Record<string, PostgresQuery>>
    readonly after: readonly string[]
  },
): Unowned<Engine> {
  const home = join(instance.state, 'engines', 'postgres-exporter')
  const web = join(home, 'web.yml')
  const queries = join(home, 'queries.yml')
  return {
    kind: 'engine',
    name: 'postgres-exporter',
    need: {
      binary: 'prometheus-postgres-exporter',
      version: { args: ['--version'], pattern: /postgres_exporter, version ([\d.]+)/, atLeast: '0.11' },
      packages: ['prometheus-postgres-exporter'],
    },
    command: [
      'prometheus-postgres-exporter',
      `--web.listen-address=127.0.0.1:${given.port}`,
      `--web.config.file=${web}`,
      `--extend.query-path=${queries}`,
      // Hundreds of series that change when the configuration does.
      '--disable-settings-metrics',
      '--no-collector.bgwriter',
      '--no-collector.database',
      '--log.level=warn',
    ],
    environment: { ...goEnvironment(25), DATA_SOURCE_NAME: given.servers.map(urlOf).join(',') },
    files: [webConfiguration(web, tls), { path: queries, content: stringify(given.queries) }],
    watches: [tls.certificate],
    directories: [home],
    ready: { kind: 'mutualTls', port: given.port, ca: tls.ca },
    readyWithin: duration('15 seconds'),
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: given.after,
  }
}

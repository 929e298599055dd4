import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import { type MutualTls, webConfiguration } from './mutual-tls.ts'
import { goEnvironment } from './prometheus.ts'

const homeOf = ({ state }: Pick<Instance, 'state'>): string => join(state, 'engines', 'alertmanager')
/** Where it reads who is told. */
export const routesFileOf = (instance: Pick<Instance, 'state'>): string => join(homeOf(instance), 'alertmanager.yml')

export function alertmanager(
  instance: Instance,
  tls: MutualTls,
  { port, configuration }: { readonly port: number; readonly configuration: string },
): Unowned<Engine> {
  const home = homeOf(instance)
  const data = join(instance.state, 'data', 'alertmanager')
  const web = join(home, 'web.yml')
  const file = routesFileOf(instance)
  return {
    kind: 'engine',
    name: 'alertmanager',
    need: {
      binary: 'prometheus-alertmanager',
      version: { args: ['--version'], pattern: /alertmanager, version ([\d.]+)/, atLeast: '0.25' },
      packages: ['prometheus-alertmanager'],
    },
    command: [
      'prometheus-alertmanager',
      `--config.file=${file}`,
      `--web.config.file=${web}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.path=${data}`,
      // Without it, it listens on every address for others of its kind.
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    environment: goEnvironment(40),
    files: [webConfiguration(web, tls), { path: file, content: configuration }],
    watches: [tls.certificate],
    directories: [home, data],
    judge: { file, command: (staged) => ['amtool', 'check-config', staged] },
    ready: { kind: 'mutualTls', port, ca: tls.ca },
    readyWithin: duration('30 seconds'),
    reload: { signal: 'SIGHUP' },
    stop: 'SIGTERM',
    stopWithin: duration('15 seconds'),
    after: ['certificate'],
  }
}

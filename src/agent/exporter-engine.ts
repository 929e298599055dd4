import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'
import type { ExporterSettings } from './exporter-settings.ts'
import { inboxOf, latestOf, ringingOf } from './history.ts'

/** Where drills note what they have caused. */
export const causesOf = (state: string): string => join(state, 'drills')

/** What no other program measures, as an engine of the instance. */
export function exporterEngine(
  instance: Instance,
  given: Pick<
    ExporterSettings,
    | 'port'
    | 'tls'
    | 'prometheus'
    | 'alertmanager'
    | 'device'
    | 'originBounds'
    | 'probes'
    | 'processes'
    | 'pool'
    | 'remindEveryMs'
    | 'heartbeat'
    | 'services'
    | 'accessLog'
  > & {
    readonly members: readonly string[]
    readonly configurationFile: string
  },
): Unowned<Engine> {
  const { members, configurationFile, ...told } = given
  const home = join(instance.state, 'engines', 'edge-exporter')
  const file = join(home, 'exporter.json')
  const data = join(instance.state, 'data')
  const start = join(instance.project, 'src', 'start.js')
  const settings: ExporterSettings = {
    ...told,
    members: Object.fromEntries(members.map((name) => [name, join(data, name)])),
    disk: data,
    verdictsFile: latestOf(instance.state),
    inbox: inboxOf(instance.state),
    ringing: ringingOf(instance.state),
    drills: causesOf(instance.state),
    undo: [instance.node, start, 'heal', 'drills', '--config', configurationFile],
  }
  return {
    kind: 'engine',
    name: 'edge-exporter',
    command: [
      instance.node,
      '--max-semi-space-size=1',
      join(instance.project, 'src', 'agent', 'start.js'),
      'exporter',
      file,
    ],
    cwd: instance.directory,
    files: [{ path: file, content: `${JSON.stringify(settings, undefined, 2)}\n` }],
    watches: [given.tls.certificate],
    directories: [home, causesOf(instance.state)],
    ready: { kind: 'mutualTls', port: given.port, ca: given.tls.ca },
    readyWithin: duration('30 seconds'),
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: ['certificate'],
  }
}

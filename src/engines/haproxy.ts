import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, RenderedFile, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'

/** HAProxy with its configuration and what that names; `reload` takes over new settings without closing a connection. */
export function haproxy(
  instance: Instance,
  files: readonly RenderedFile[],
  configuration: string,
  statusPort: number,
): Unowned<Engine> {
  return {
    kind: 'engine',
    name: 'haproxy',
    need: {
      binary: 'haproxy',
      version: { args: ['-v'], pattern: /HAProxy version ([\d.]+)/, atLeast: '2.6' },
      packages: ['haproxy'],
    },
    command: ['haproxy', '-W', '-db', '-f', configuration],
    files,
    directories: [join(instance.state, 'engines', 'haproxy')],
    judge: { file: configuration, command: (staged) => ['haproxy', '-c', '-f', staged] },
    ready: { kind: 'http', url: `http://127.0.0.1:${statusPort}/`, status: 200 },
    readyWithin: duration('15 seconds'),
    reload: { signal: 'SIGUSR2', retired: 'listens no more' },
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: [],
  }
}

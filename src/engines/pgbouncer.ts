import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, RenderedFile, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'

/** PostgreSQL's SSLRequest, with which each client begins; the answer is one letter. */
const asksForTls = '\0\0\0\x08\x04\xd2\x16\x2f'

export function pgbouncer(
  instance: Instance,
  files: readonly RenderedFile[],
  configuration: string,
  watches: readonly string[],
  beforeReload: () => Promise<void>,
): Unowned<Engine> {
  return {
    kind: 'engine',
    name: 'pgbouncer',
    need: {
      binary: 'pgbouncer',
      version: { args: ['--version'], pattern: /PgBouncer ([\d.]+)/, atLeast: '1.18' },
      packages: ['pgbouncer'],
    },
    command: ['pgbouncer', configuration],
    // It does not take over another port on a reload; a changed environment makes it a restart.
    environment: { LISTEN: `127.0.0.1:${instance.ports.pooler}` },
    files,
    watches,
    directories: [join(instance.state, 'engines', 'pgbouncer')],
    ready: { kind: 'tcp', port: instance.ports.pooler, asks: asksForTls },
    readyWithin: duration('15 seconds'),
    reload: { signal: 'SIGHUP', first: beforeReload },
    stop: 'SIGINT',
    stopWithin: duration('10 seconds'),
    after: ['certificate'],
  }
}

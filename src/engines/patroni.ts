import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Instance } from '../core/instance.ts'
import type { Engine, Wheels, Unowned } from '../core/plan.ts'
import { bytes, duration } from '../core/units.ts'

/** Debian's place for PostgreSQL's programs; the major is that of the supported system. */
export const postgresMajor = 15
export const postgresPrograms = `/usr/lib/postgresql/${postgresMajor}/bin`

/**
 * Debian 12's Patroni (3.0.2) loses acknowledged writes: a primary that was frozen for longer than its lease writes the
 * leader key back without a look at who has it, and the new primary's timeline is thrown away.
 */
export const patroniWheels: Wheels = {
  name: 'patroni 4.1.5',
  lock: 'tools/patroni/requirements.txt',
  folder: 'patroni-4.1.5-8300eeab',
  fetched: bytes('6 MB'),
  unpacked: bytes('26 MB'),
  programs: {
    patroni: { module: 'patroni.__main__', function: 'main' },
    patronictl: { module: 'patroni.ctl', function: 'ctl' },
  },
}

/** One PostgreSQL server with the Patroni that looks after it. */
export function patroni(
  instance: Instance,
  name: string,
  settings: object,
  watches: readonly string[],
  ports: { readonly postgres: number; readonly restApi: number; readonly etcd: number },
): Unowned<Engine> {
  const directory = join(instance.state, 'engines', name)
  const file = join(directory, 'patroni.yml')
  const program = join(instance.project, '.tools', patroniWheels.folder, 'bin/patroni')
  return {
    kind: 'engine',
    name,
    need: {
      binary: program,
      version: { args: ['--version'], pattern: /patroni ([\d.]+)/, atLeast: '4.1.5' },
      // What has no wheel comes from Debian: python-etcd, and cdiff for patronictl.
      packages: ['python3-etcd', 'python3-idna', 'python3-cdiff', `postgresql-${postgresMajor}`],
      wheels: patroniWheels,
    },
    command: [program, file],
    // Its own folder: PostgreSQL leaves nothing where it was started.
    environment: {
      LC_ALL: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      // Here and not in patroni.yml: a reload goes on with the addresses before, and only a restart takes these over.
      PATRONI_ETCD3_HOST: `127.0.0.1:${ports.etcd}`,
      PATRONI_RESTAPI_LISTEN: `127.0.0.1:${ports.restApi}`,
      PATRONI_RESTAPI_CONNECT_ADDRESS: `127.0.0.1:${ports.restApi}`,
      PATRONI_POSTGRESQL_LISTEN: `127.0.0.1:${ports.postgres}`,
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: `127.0.0.1:${ports.postgres}`,
    },
    files: [{ path: file, content: stringify(settings) }],
    watches,
    directories: [directory, join(instance.state, 'data', name)],
    // Of Patroni, not of its PostgreSQL: a standby that is lost, or is being cloned for an hour, must not keep the site down.
    ready: { kind: 'http', url: `http://127.0.0.1:${ports.restApi}/liveness`, status: 200 },
    readyWithin: duration('90 seconds'),
    reload: { signal: 'SIGHUP' },
    stop: 'SIGTERM',
    stopWithin: duration('60 seconds'),
    after: ['etcd', 'certificate'],
  }
}

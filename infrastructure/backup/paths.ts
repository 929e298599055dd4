import { join } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import { metricsOf } from '../../src/engines/node-exporter.ts'
import { archiveCommand, type PgbackrestPaths } from '../../src/engines/pgbackrest.ts'
import type { ResticRepository } from '../../src/engines/restic.ts'
import { isOnServer } from '../../src/engines/sftp.ts'
import { backupReserved } from './reserved.ts'
import type { BackupSettings } from './settings.ts'

/** Where the backups of an instance lie, and what this room writes beside them. */
export type BackupPaths = {
  readonly database: PgbackrestPaths
  /** Of files and of the application state. */
  readonly files: readonly [ResticRepository, ResticRepository]
  /** One file for each backup: what was backed up, and by what it is known again. */
  readonly catalog: string
  /** When backups of this instance began. */
  readonly since: string
  /** A file for each kind of backup of which the last one failed. */
  readonly failed: string
  /** What Prometheus is told. */
  readonly figures: string
  /** How the folders looked when they were backed up last. */
  readonly folders: string
  /** The hash of each file of them, and how it looked when it was read: an unchanged one is not read again. */
  readonly hashed: string
  /** Restored copies while they are looked at. */
  readonly work: string
  /** For the sockets of their servers: no other user may enter it, and its path is short enough for the kernel. */
  readonly sockets: string
}

/** Of a folder or of an address, whose two slashes `join` would make one. */
const below = (place: string, name: string): string =>
  isOnServer(place) ? `${place.replace(/\/+$/, '')}/${name}` : join(place, name)

export function backupPaths(
  instance: Pick<Instance, 'state' | 'secrets'>,
  {
    repository,
    secondRepository,
    s3,
    secondFiles,
    sftp,
  }: Pick<BackupSettings, 'repository' | 'secondRepository' | 's3' | 'secondFiles' | 'sftp'>,
): BackupPaths {
  const own = join(instance.state, 'backup')
  const first = repository ?? join(own, 'repository')
  const second = secondRepository ?? join(own, 'second')
  // Of another repository nothing is known until a backup lies in it.
  const noted = join(own, 'noted', repository === undefined ? 'own' : repository.slice(1).replaceAll('/', '-'))
  const key = secretsOf(instance, backupReserved).backup
  return {
    database: {
      configuration: join(own, 'pgbackrest.conf'),
      repositories: [join(first, 'database'), below(second, 'database')],
      s3,
      lock: join(own, 'lock'),
      spool: join(own, 'spool'),
    },
    files: [
      { path: join(first, 'files'), key },
      secondFiles === undefined
        ? { path: below(second, 'files'), key, s3 }
        : { path: below(secondFiles, 'files'), key, sftp },
    ],
    catalog: join(noted, 'catalog'),
    since: join(noted, 'since'),
    failed: join(noted, 'failed'),
    figures: join(metricsOf(instance.state), 'backup.prom'),
    folders: join(noted, 'folders'),
    hashed: join(noted, 'hashed.json'),
    work: join(own, 'work'),
    sockets: join(instance.state, 'run'),
  }
}

/** A segment is archived after this time at the latest, however little was written: the most that a total loss takes. */
const archiveEverySeconds = 60

/** What this room leaves behind once it is deployed, in places apart: where some of it is lost, the log is still kept. */
export const tracesOf = (
  state: string,
  { database, catalog }: Pick<BackupPaths, 'database' | 'catalog'>,
): readonly string[] => [database.configuration, catalog, join(state, 'records', 'backup')]

/** What the database needs to be told so that every segment of its log is kept; nothing where backups are switched off. */
export const archiveParameters = (
  instance: Pick<Instance, 'state' | 'secrets'>,
  settings: BackupSettings,
): Readonly<Record<string, string | number>> =>
  settings.enabled
    ? {
        archive_mode: 'on',
        archive_timeout: archiveEverySeconds,
        archive_command: archiveCommand(backupPaths(instance, settings).database, {
          data: join(instance.state, 'data'),
          traces: tracesOf(instance.state, backupPaths(instance, settings)),
        }),
      }
    : {}

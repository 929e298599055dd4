import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { type Backups, valueOf } from './backups.ts'
import type { Repository } from './which-repository.ts'

const perLog = 256

/** The number of a segment, which counts on over timelines. */
const numberOf = (segment: string): number =>
  Number.parseInt(segment.slice(8, 16), 16) * perLog + Number.parseInt(segment.slice(16, 24), 16)

/** Numbers of the segments that lie in a repository, each with the time at which it came there, in ms since 1970. */
async function segmentsIn(repository: string): Promise<ReadonlyMap<number, number>> {
  const folder = join(repository, 'archive', 'edge')
  const names = await readdir(folder, { recursive: true }).catch((): string[] => [])
  const found = await Promise.all(
    names.map(async (name) => {
      const segment = /(?:^|\/)([\dA-F]{24})-[\da-f]{40}(?:\.\w{2,4})?$/.exec(name)?.[1]
      const info = segment === undefined ? undefined : await stat(join(folder, name)).catch(() => undefined)
      return segment === undefined || !info ? [] : [[numberOf(segment), info.mtimeMs] as const]
    }),
  )
  return new Map(found.flat())
}

/** The first segment of the unbroken row that ends with the newest one. */
export function unbrokenFrom(segments: ReadonlySet<number>): number | undefined {
  if (segments.size === 0) return undefined
  let first = 0
  for (const segment of segments) first = Math.max(first, segment)
  while (segments.has(first - 1)) first -= 1
  return first
}

type Archiver = {
  readonly archived: Date | null
  readonly failed: Date | null
  readonly failures: string
  readonly wal: string | null
  readonly heartbeat: Date
}

/** What PostgreSQL itself says of its archiving, and when the newest heartbeat was written. */
async function archiver(client: Client): Promise<Archiver> {
  const { rows } = await client.query<Archiver>(
    `select last_archived_time as archived, last_failed_time as failed, failed_count as failures,
            last_failed_wal as wal, heartbeat.at as heartbeat
       from pg_stat_archiver, edge.heartbeat`,
  )
  const [row] = rows
  if (!row) throw new Error('PostgreSQL says nothing of its archiving')
  return row
}

export const archiverOf = async ({ database }: Backups): Promise<Archiver> =>
  withClient((await database.leader()).app, archiver)

/** Edge writes a heartbeat every five seconds: an older one says nothing of what was written since. */
const beatsWithinSeconds = 60

/** Whether a heartbeat of so many seconds ago is one by which a loss can be measured. */
export const isBeating = (secondsAgo: number): boolean => secondsAgo <= beatsWithinSeconds

export const isFailing = (seen: Archiver): boolean =>
  seen.failed !== null && (seen.archived === null || seen.failed.getTime() > seen.archived.getTime())

export const showLogs =
  'edge logs pg1 (and pg2) shows what archiving says; docs/runbooks/backup-failed.md goes through the causes'

const repositoryPath = ({ paths }: Pick<Backups, 'paths'>, repository: Repository): string =>
  paths.database.repositories[repository - 1] ?? ''

/** The oldest backup that has all logs after it in its repository, and until when they go. */
export async function coverage(
  backups: Pick<Backups, 'paths'>,
  good: readonly BackupInfo[],
  repository: Repository = 1,
): Promise<{
  readonly oldest?: BackupInfo | undefined
  readonly segments: number
  readonly until?: string | undefined
}> {
  const segments = await segmentsIn(repositoryPath(backups, repository))
  const first = unbrokenFrom(new Set(segments.keys()))
  const oldest = good.find(
    ({ archive }) => first !== undefined && archive.start !== null && numberOf(archive.start) >= first,
  )
  const newest = Math.max(...segments.values())
  return { oldest, segments: segments.size, ...(segments.size > 0 ? { until: new Date(newest).toISOString() } : {}) }
}

/** When the newest segment came into a repository, in ms since 1970; undefined before the first one. */
export async function newestSegmentAt(
  backups: Pick<Backups, 'paths'>,
  repository: Repository = 1,
): Promise<number | undefined> {
  const segments = await segmentsIn(repositoryPath(backups, repository))
  return segments.size === 0 ? undefined : Math.max(...segments.values())
}

const archivedWithinMs = 120_000

/**
 * Has the server archive its log up to this moment, and waits until that lies in a repository. Throws OperatorError
 * where it does not come there.
 */
export async function archived(
  backups: Backups,
  world: Pick<World, 'sleep'>,
  repository: Repository = 1,
): Promise<void> {
  const { app } = await backups.database.leader()
  const name = await withClient(app, (client) => valueOf(client, 'select pg_walfile_name(pg_switch_wal()) as value'))
  const last = numberOf(name ?? '')
  const deadline = Date.now() + archivedWithinMs
  for (;;) {
    const segments = await segmentsIn(repositoryPath(backups, repository))
    // Two go at once: the one before may come a moment later.
    if (segments.has(last) && (segments.size === 1 || segments.has(last - 1))) return
    if (Date.now() > deadline)
      throw new OperatorError('backup', `the log was not archived within ${archivedWithinMs / 1000} s`, showLogs)
    await world.sleep(100)
  }
}

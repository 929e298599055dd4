import type { Client } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { type Backups, valueOf } from './backups.ts'
import { storageOf } from './storage.ts'
import { gapAfter, nameOf, segmentOf, Segments, unbroken } from './timeline.ts'
import type { Repository } from './which-repository.ts'

/** Segments that lie in a repository, by their names, each with the time at which it came there, in ms since 1970. */
export async function segmentsIn(
  { paths }: Pick<Backups, 'paths'>,
  repository: Repository,
  world: Pick<World, 'run'>,
): Promise<ReadonlyMap<string, number>> {
  const files = await storageOf(paths.database, repository, world).list('database/archive/edge')
  return new Map(
    files.flatMap(({ name, at }) => {
      const segment = /(?:^|\/)([\dA-F]{24})-[\da-f]{40}(?:\.\w{2,4})?$/.exec(name)?.[1]
      return segment === undefined ? [] : [[segment, at] as const]
    }),
  )
}

/** The highest of as many as there are: an archive of months has more of them than a function takes arguments. */
const latestOf = (values: Iterable<number>): number | undefined =>
  [...values].reduce<number | undefined>((latest, value) => Math.max(latest ?? value, value), undefined)

const asSegments = (names: ReadonlyMap<string, number>): Segments => new Segments([...names.keys()].map(segmentOf))

export type Archiver = {
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
  'edge logs pg1 (and pg2, pg3) shows what archiving says; docs/runbooks/backup-failed.md goes through the causes'

/** The oldest backup that has all logs after it in its repository, and until when they go. */
export async function coverage(
  backups: Pick<Backups, 'paths'>,
  good: readonly BackupInfo[],
  world: Pick<World, 'run'>,
  repository: Repository = 1,
): Promise<{
  readonly oldest?: BackupInfo | undefined
  readonly segments: number
  readonly until?: string | undefined
}> {
  const segments = await segmentsIn(backups, repository, world)
  const row = unbroken(asSegments(segments))
  const oldest = good.find(({ archive }) => archive.start !== null && row.has(segmentOf(archive.start)))
  const newest = latestOf(segments.values())
  const until = newest === undefined ? {} : { until: new Date(newest).toISOString() }
  return { oldest, segments: segments.size, ...until }
}

/** When the newest segment came into a repository, in ms since 1970; undefined before the first one. */
export async function newestSegmentAt(
  backups: Pick<Backups, 'paths'>,
  world: Pick<World, 'run'>,
  repository: Repository = 1,
): Promise<number | undefined> {
  return latestOf((await segmentsIn(backups, repository, world)).values())
}

const archivedWithinMs = 120_000

/**
 * Has the server archive its log up to this moment, and waits until that lies in a repository. Throws OperatorError
 * where it does not come there.
 */
export async function archived(
  backups: Backups,
  world: Pick<World, 'run' | 'sleep'>,
  repository: Repository = 1,
): Promise<void> {
  const { app } = await backups.database.leader()
  const name = await withClient(app, (client) => valueOf(client, 'select pg_walfile_name(pg_switch_wal()) as value'))
  const last = segmentOf(name ?? '')
  const deadline = Date.now() + archivedWithinMs
  for (;;) {
    const segments = asSegments(await segmentsIn(backups, repository, world))
    // Two go at once: the one before may come a moment later.
    if (segments.has(last) && (segments.isFirst(last) || segments.before(last))) return
    if (Date.now() > deadline)
      throw new OperatorError('backup', `the log was not archived within ${archivedWithinMs / 1000} s`, showLogs)
    await world.sleep(100)
  }
}

/**
 * The highest timeline of which a repository has anything: its history is there before its first segment, and a recovery
 * follows it.
 */
export async function newestTimeline(
  backups: Pick<Backups, 'paths'>,
  world: Pick<World, 'run'>,
  repository: Repository,
): Promise<number> {
  const files = await storageOf(backups.paths.database, repository, world).list('database/archive/edge')
  const timelines = files.flatMap(({ name }) => {
    const timeline = /(?:^|\/)([\dA-F]{8})(?:[\dA-F]{16}-[\da-f]{40}(?:\.\w{2,4})?|\.history)$/.exec(name)?.[1]
    return timeline === undefined ? [] : [Number.parseInt(timeline, 16)]
  })
  return latestOf(timelines) ?? 0
}

/** A span of the log that cannot be recovered to: times in ms since 1970. */
export type Missing = { readonly name: string; readonly from?: number | undefined; readonly until: number }

/** What is missing in a repository between the start of a backup and the end of its timeline; undefined where nothing is. */
export async function missingAfter(
  backups: Pick<Backups, 'paths'>,
  world: Pick<World, 'run'>,
  repository: Repository,
  start: string,
  timeline?: number,
): Promise<Missing | undefined> {
  const names = await segmentsIn(backups, repository, world)
  const gap = gapAfter(asSegments(names), segmentOf(start), timeline)
  if (!gap) return undefined
  const { before, after } = gap
  const missing = nameOf({ timeline: after.timeline, number: after.number - 1 })
  return { name: missing, from: before && names.get(nameOf(before)), until: names.get(nameOf(after)) ?? Date.now() }
}

const asTime = (time: number): string => new Date(time).toISOString()

/** In words, for whoever wants a moment of it. */
export const sayMissing = ({ name, from, until }: Missing): string =>
  `the segment ${name} of the log is missing in the archive: ${from === undefined ? 'nothing' : `nothing of after ${asTime(from)}`} can be restored until the first backup of after ${asTime(until)}`

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { exit, Interrupted, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { type BackupInfo, pgbackrest } from '../../src/engines/pgbackrest.ts'
import { postgresMajor, postgresPrograms } from '../../src/engines/patroni.ts'
import { makePrivateDirectory, readText } from '../../src/targets/local/files.ts'
import {
  archived,
  type Missing,
  missingAfter,
  newestSegmentAt,
  newestTimeline,
  sayMissing,
  segmentsIn,
} from './archive.ts'
import { mark } from './back-up.ts'
import { type Backups, type Say, valueOf } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { reindexOthers } from './collations.ts'
import { type Listed, listedIn } from './damaged.ts'
import { rowsIn } from './fingerprints.ts'
import { ofThePast } from './history.ts'
import { intoFresh } from './into-fresh.ts'
import { inUtc } from './moment.ts'
import { percentOf, progressOf } from './progress.ts'
import { reachOf, type Reach } from './recovery-target.ts'
import { highestOf, promoted, type Settle, startSettled, toTheEnd, untilEnded, untilReached } from './recovering.ts'
import { lastOf, whileReplaying } from './replay.ts'
import { replacedIn } from './replaced.ts'
import { type RestoredCopy, restoredCopy, type RestoredServer } from './restored-server.ts'
import { isGood } from './retention.ts'
import { requireRoom } from './room-for.ts'
import { isIn, segmentOf, type Span, spansOf, timelineAt } from './timeline.ts'
import { readingFrom, type Repository } from './which-repository.ts'

/**
 * The newest good backup that ended before a moment, and of its past: one that came back when each was tried, or was not
 * tried yet; where there is none, one that did not. `leads`: whether all logs are there from one to that moment; the newest
 * one is taken where they are from none. Throws OperatorError where there is no backup.
 */
export async function backupBefore(
  found: readonly Listed[],
  moment: Date,
  past: readonly Span[],
  leads: (one: Listed) => Promise<boolean>,
): Promise<Listed> {
  const good = found.filter((one) => isGood(one) && isIn(past, one.timestamp.stop * 1000))
  const before = good.filter(({ timestamp }) => timestamp.stop * 1000 <= moment.getTime())
  const newest = before.at(-1)
  const sound = before.findLast(({ isRefused }) => !isRefused)
  if (newest && (!sound || newest === sound)) return newest
  if (newest && sound) return (await leads(sound)) ? sound : newest
  const first = found.find(isGood)
  const earliest = first
    ? `the earliest second that can be restored is ${inUtc(new Date((first.timestamp.stop + 1) * 1000))}`
    : 'there is no good backup at all'
  throw new OperatorError(
    '--to',
    `${inUtc(moment)} is before the first backup`,
    [earliest, 'edge backup list'],
    exit.usage,
  )
}

const sayRefused = ({ label }: Listed): string =>
  `${label} did not come back when edge backup verify --deep tried it; nothing else leads there`

/** Whether a server here can read its files. */
export const isOfMajor = ({ version }: Pick<BackupInfo, 'version'>): boolean =>
  version === undefined || version === String(postgresMajor)

/** Throws OperatorError before a long copy of what no server here can read. */
export function requireMajor({ label, version }: Pick<BackupInfo, 'label' | 'version'>): void {
  if (isOfMajor({ version })) return
  throw new OperatorError(
    'restore',
    `${label} is of PostgreSQL ${version}, and PostgreSQL ${postgresMajor} cannot read its files`,
    [
      `PostgreSQL ${version} reads them: the recovery sheet names the release that they are of`,
      `edge backup list shows whether there is one of PostgreSQL ${postgresMajor}`,
    ],
    exit.usage,
  )
}

/** Brings the files of a backup into a folder; nothing runs on them yet. The copy archives nothing. */
export async function bringBack(
  { paths }: Pick<Backups, 'paths'>,
  folder: string,
  from: {
    readonly label: string
    readonly repository: number
    /** About how much it is, to tell how far it is. */
    readonly bytes: number
    /** Without one, as it was when the backup was made. */
    readonly time?: string | undefined
    /** Without one, the newest. */
    readonly timeline?: number | undefined
  },
  world: World,
  say: Say,
  name = 'restore',
): Promise<RestoredCopy> {
  const copy = restoredCopy(folder)
  await makePrivateDirectory(folder)
  await rm(copy.data, { recursive: true, force: true })
  await makePrivateDirectory(copy.data)
  await pgbackrest(world, paths.database, 'restore', {
    options: [
      `--pg1-path=${copy.data}`,
      `--repo=${from.repository}`,
      `--set=${from.label}`,
      ...(from.time === undefined ? ['--type=immediate'] : ['--type=time', `--target=${from.time}`]),
      ...onTimeline(from),
      '--target-action=pause',
      '--archive-mode=off',
      '--log-level-console=detail',
    ],
    // It empties its spool at the end. In the live one's a segment that is archived is noted: without the note that one archived
    // nothing for a minute.
    environment: { PGBACKREST_SPOOL_PATH: join(folder, 'spool') },
    onLine: percentOf('restore file', progressOf(say, name, from.bytes)),
  })
  return copy
}

/** Its own word for it pgBackRest refuses where a copy stops as it was when the backup was made. */
function onTimeline({
  time,
  timeline,
}: {
  readonly time?: string | undefined
  readonly timeline?: number | undefined
}) {
  if (timeline === undefined) return []
  return [`--${time === undefined ? 'recovery-option=recovery_target_timeline' : 'target-timeline'}=${timeline}`]
}

/** A restored database as it was at its moment, a server on it, and the timeline that began with it. */
type At = {
  readonly client: Client
  readonly server: RestoredServer
  readonly timeline: number
  readonly answeredAfter: number
}

/**
 * Restores the database as it was at a moment into a folder of its own, and does something with it there. The live
 * database is only asked to archive its log. The server is stopped in the end, and the folder stays.
 */
export async function withDatabaseAt<Result>(
  backups: Backups,
  { to, folder, from: repository, copies = 1, isLost = false }: ToMoment,
  world: World,
  say: Say,
  work: (at: At) => Promise<Result>,
): Promise<{
  readonly result: Result
  readonly label: string
  readonly to: string
  readonly follows: number
  readonly short: readonly string[]
}> {
  const { paths } = backups
  const replaced = await replacedIn(paths.catalog)
  const wanted = timelineAt(replaced, to.getTime())
  const past = spansOf(replaced, to.getTime())
  const missingFrom = async ({ archive: { start } }: BackupInfo): Promise<Missing | undefined> =>
    start === null ? undefined : missingAfter(backups, world, repository, start, wanted)
  const from = await readingFrom(repository, async () => {
    const listed = await listedIn(backups, repository, world)
    // To where nothing else is noted, the newest timeline leads.
    const isOfNewest = isLost || wanted === undefined
    const fit = isOfNewest ? await ofThePast(listed, backups, repository, world) : listed
    return backupBefore(fit, to, past, async (one) => {
      const gap = await missingFrom(one)
      return isOfMajor(one) && (gap === undefined || to.getTime() <= (gap.from ?? 0))
    })
  })
  if (from.isRefused) say(sayRefused(from))
  requireMajor(from)
  await requireRoom(folder, { 'the database': from.info.size * copies })
  const begun = Date.now()
  const time = inUtc(to)
  const follows = wanted ?? (await newestTimeline(backups, world, repository))
  const reach = isLost
    ? lost
    : wanted === undefined
      ? await reachOf(to, archiveOf(backups, repository, world), world)
      : ended
  if (!reach.isSure) say(reach.because)
  const missing = await missingFrom(from)
  // The logs after it are gone: what was committed when it was made is all that it leads to.
  const isItself = missing !== undefined && Math.floor(to.getTime() / 1000) === from.timestamp.stop
  if (missing && !isItself && to.getTime() > (missing.from ?? 0) && !isLost) throw notReached(missing, from)
  const copy = await readingFrom(repository, () =>
    bringBack(
      backups,
      folder,
      {
        label: from.label,
        repository,
        bytes: from.info.size,
        time: isItself ? undefined : time,
        timeline: wanted,
      },
      world,
      say,
      `timeline ${follows}, copying`,
    ),
  )
  const highest = highestOf(await readCatalog(paths.catalog))
  const start = (settle: Settle) => startSettled(copy, highest, paths.sockets, world, settle)
  const end = async () => lastOf(await segmentsIn(backups, repository, world), { to, timeline: wanted })
  const { server, isAtItsTime } = await readingFrom(repository, () =>
    whileReplaying(copy, { say, name: 'recovering', last: end }, () => recovered(copy, reach, start, world), world),
  )
  try {
    const client = await server.connect('app')
    try {
      const last = isAtItsTime ? undefined : await endOfLogs(client)
      // Whatever was under way at that moment keeps its locks until then: a table that was being dropped is waited for forever.
      const timeline = await promote(client, world)
      const rebuilt = await reindexOthers(server, say)
      const answeredAfter = Date.now() - begun
      const result = await work({ client, server, timeline, answeredAfter })
      const short = [
        ...(from.isRefused ? [sayRefused(from)] : []),
        ...(reach.isSure ? [] : [`as far as it is archived: ${reach.because}`]),
        ...(missing && isLost ? [sayMissing(missing)] : []),
        ...(isItself ? [`as it was when ${from.label} was made: the log after it is gone`] : []),
        ...(rebuilt.length === 0 ? [] : [`sorted by other rules here, and built anew: ${rebuilt.join(', ')}`]),
      ]
      return { result, label: from.label, to: last ?? time, follows, short }
    } finally {
      await client.end().catch(() => undefined)
    }
  } finally {
    await server.stop('fast')
  }
}

/** A recovery would end at the gap, and look like one that came to its end. */
function notReached(missing: Missing, { label, timestamp }: BackupInfo): OperatorError {
  const earlier =
    missing.from === undefined ? [] : [`--to '${inUtc(new Date(missing.from - 1000))}' is about the last moment before`]
  return new OperatorError('--to', sayMissing(missing), [
    ...earlier,
    `--to '${inUtc(new Date(timestamp.stop * 1000))}' brings back ${label}, as it was made`,
    '--from second (or first): the other repository may have it',
    'edge backup list',
  ])
}

/** What is restored, and how. */
export type ToMoment = {
  readonly to: Date
  readonly folder: string
  readonly from: Repository
  /** Room is needed for so many. */
  readonly copies?: number
  /** There is no live database to ask for the end of its log. */
  readonly isLost?: boolean
}

const lost: Reach = { isSure: false, because: 'the database is lost' }

/** A restore took the place of the database after that moment: there the log of before ends. */
const ended: Reach = { isSure: false, because: 'the log of that time ends where a restore took its place' }

const archiveOf = (backups: Backups, repository: Repository, world: World) => ({
  newestAt: () => newestSegmentAt(backups, world, repository),
  archiveNow: async () => {
    await mark(backups.database.edge)
    await archived(backups, world, repository)
  },
})

/**
 * A server that stands at its second; or, where the logs that are archived may end before it and do, at their end: all of
 * them is older than the second then.
 */
async function recovered(
  copy: RestoredCopy,
  { isSure }: Reach,
  start: (settle: Settle) => Promise<RestoredServer>,
  world: World,
): Promise<{ readonly server: RestoredServer; readonly isAtItsTime: boolean }> {
  try {
    return { server: await start(untilReached(copy, world)), isAtItsTime: true }
  } catch (error) {
    if (isSure || error instanceof Interrupted || !(await readText(copy.log))?.includes(endedBefore)) throw error
    await toTheEnd(copy)
    return { server: await start(untilEnded(copy, world)), isAtItsTime: false }
  }
}

/** What PostgreSQL says where no commit of after the second is in the logs. */
const endedBefore = 'recovery ended before configured recovery target was reached'

/** Which commit is the last one, after a recovery that has come to its end. */
async function endOfLogs(client: Client): Promise<string> {
  const inFull = "to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"
  const last = await valueOf(client, `select ${inFull} as value`)
  return `the end of the logs${last === undefined ? '' : `, whose last commit is of ${last}`}`
}

/** What an operator is told of a restored copy. */
export type Restored = {
  readonly folder: string
  readonly label: string
  readonly to: string
  /** The timeline that was followed, and the one that began with the copy. */
  readonly follows: number
  readonly timeline: number
  readonly tables: number
  readonly rows: number
  /** From the start of the restore to the first answered query, in ms. */
  readonly answeredAfter: number
  readonly next: readonly string[]
}

/** Restores the database as it was at a moment into a folder of its own, looks at it there, and leaves it stopped. */
export async function restoreDatabase(
  backups: Backups,
  wanted: { readonly to: Date; readonly folder: string; readonly from: Repository },
  world: World,
  say: Say,
): Promise<Restored> {
  const { result, label, to, follows, short } = await intoFresh(wanted.folder, world, () =>
    withDatabaseAt(backups, wanted, world, say, async ({ client, timeline, answeredAfter }) => {
      const found = Object.values(await rowsIn(client))
      const rows = found.reduce((sum, one) => sum + one, 0)
      return { timeline, tables: found.length, rows, answeredAfter }
    }),
  )
  const { data, configuration } = restoredCopy(wanted.folder)
  const start = `${postgresPrograms}/pg_ctl -D ${data} -o "-c config_file=${configuration}" start`
  return {
    folder: wanted.folder,
    label,
    to,
    follows,
    ...result,
    next: [
      ...short,
      `it lies in ${data}, stopped; it archives nothing, and is reached by no port`,
      `start it as its owner: ${start}`,
      `then: psql -h ${wanted.folder} -U postgres app`,
    ],
  }
}

/** Ends a recovery that stands at its moment, and answers the timeline that begins there. */
export async function promote(client: Client, world: World): Promise<number> {
  if ((await valueOf(client, 'select pg_is_in_recovery() as value')) === 'true') {
    // It is refused where the recovery has gone on to its end by itself.
    await client.query('select pg_wal_replay_resume()').catch(() => undefined)
    await promoted(client, world)
  }
  const name = await valueOf(client, 'select pg_walfile_name(pg_current_wal_insert_lsn()) as value')
  return segmentOf(name ?? '').timeline
}

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseError } from 'pg'
import type { Facts } from '../../src/core/check.ts'
import { Interrupted, messageOf, OperatorError } from '../../src/core/errors.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { type BackupInfo, backupsIn } from '../../src/engines/pgbackrest.ts'
import { isLostConnection } from '../../src/engines/postgres.ts'
import { originOf, type Snapshot, snapshotsIn, unlock } from '../../src/engines/restic.ts'
import { type Backups, recordNames, type Say } from './backups.ts'
import { begunAt, type CatalogEntry, readCatalog, type TreeEntry } from './catalog.ts'
import { reindexOthers } from './collations.ts'
import { damageFacts, foundIn } from './damaged.ts'
import { requireDeployed } from './deployed.ts'
import { tellFigures } from './figures.ts'
import { backup } from './guarantees.ts'
import { NotVerified } from './not-verified.ts'
import { requirePlaces } from './place.ts'
import { bytesOf } from './progress.ts'
import { highestOf, startSettled, untilReached } from './recovering.ts'
import { whileReplaying } from './replay.ts'
import { bringBack, isOfMajor, promote } from './restore.ts'
import type { RestoredCopy } from './restored-server.ts'
import { isGood } from './retention.ts'
import { NoRoom, requireRoomToVerify } from './room-for.ts'
import { examine } from './soundness.ts'
import { segmentOf } from './timeline.ts'
import { clusterOf, removeLeftOvers, requireMarkers } from './verification.ts'
import { requireTree } from './verify-files.ts'
import type { Repository } from './which-repository.ts'

const words = { 1: 'the first repository', 2: 'the second repository' } as const satisfies Record<Repository, string>

export const verifyDeep = 'edge backup verify --deep'

/** Does something while nobody else works on the repositories: for one backup, so that others are made between two. */
type InTurn = (work: () => Promise<void>) => Promise<void>

/** What came of a repository until now. */
type Tried = {
  readonly repository: Repository
  /** Names of those that were tried; and those of them whose database did not come back. */
  readonly labels: string[]
  readonly damaged: string[]
  readonly problems: string[]
  /** Those beside whose database nothing was looked for. */
  readonly bare: string[]
  /** Whether all that it lists was tried. */
  isWhole: boolean
}

const untried = (repository: Repository): Tried => ({
  repository,
  labels: [],
  damaged: [],
  problems: [],
  bare: [],
  isWhole: false,
})

/**
 * Brings back every backup that is kept, out of both repositories, each with its files, and looks each through. What lies in
 * a repository as it was written may be of no use all the same: where the log that a backup needs is gone, or what was backed
 * up was not sound. Records what was seen, and tells the operator; throws what was found, after that. What was found is
 * recorded also where somebody ended it; where the machine kept something from being tried, nothing else is.
 */
export async function verifyEvery(backups: Backups, inTurn: InTurn, world: World, say: Say): Promise<DrillRecord> {
  await requireDeployed(backups)
  // Where nobody leads, nothing could be recorded in the end.
  return tryEvery(backups, await clusterOf(backups), inTurn, world, say)
}

export async function tryEvery(
  backups: Backups,
  of: DrillRecord['of'],
  inTurn: InTurn,
  world: World,
  say: Say,
): Promise<DrillRecord> {
  const begun = world.now().getTime()
  const both = [untried(1), untried(2)] as const
  const cut = await tryBoth(both, backups, inTurn, world, say)
  const facts = await factsOf(both, backups)
  if (cut && facts['good'] === true) throw cut.error
  const at = world.now()
  const record = { drill: recordNames.deep, at: at.toISOString(), facts, took: at.getTime() - begun, of }
  await backups.records.keep(record)
  await tellFigures(backups)
  const because = [problemsInWords(facts), ...(cut ? [`not all were tried: ${messageOf(cut.error)}`] : [])].join('; ')
  const failed = facts['good'] === true ? undefined : new NotVerified(because)
  await backups.inbox.put({
    at: record.at,
    id: backup.verification.id,
    says: failed
      ? `the verification of every backup failed: ${failed.message}`
      : ['every backup was tried', everyInWords(facts), bareInWords(facts)]
          .filter((text) => text !== undefined)
          .join('; '),
    ...(failed ? { next: verifyDeep } : {}),
  })
  if (cut && isEnd(cut.error, world)) throw cut.error
  if (failed) throw failed
  return record
}

/** Why not all were tried: somebody ended it, or the machine kept it from being done. Undefined where all were. */
async function tryBoth(
  both: readonly Tried[],
  backups: Backups,
  inTurn: InTurn,
  world: World,
  say: Say,
): Promise<{ readonly error: unknown } | undefined> {
  let cut: { readonly error: unknown } | undefined
  for (const tried of both)
    try {
      await tryIn(tried, backups, inTurn, world, say)
    } catch (error) {
      if (isEnd(error, world)) return { error }
      cut ??= { error }
    }
  return cut
}

async function factsOf(both: readonly Tried[], backups: Backups): Promise<Facts> {
  const problems = both.flatMap((tried) => tried.problems)
  const [because] = problems
  const damage = await Promise.all(
    both.map(async ({ repository, labels, damaged, isWhole }) => {
      const known = isWhole ? [] : await foundIn(backups, recordNames.deep, repository)
      // What was not tried stays as it was found before.
      return damageFacts(repository, [...known.filter((label) => !labels.includes(label)), ...damaged])
    }),
  )
  const [first = 0, second = 0] = both.map((tried) => tried.labels.length - tried.problems.length)
  return {
    good: because === undefined,
    ...(because === undefined ? {} : { because, problems: problems.length }),
    restoredOfFirst: Math.max(0, first),
    restoredOfSecond: Math.max(0, second),
    withoutFiles: both.reduce((sum, { bare }) => sum + bare.length, 0),
    ...Object.assign({}, ...damage),
  }
}

export const everyInWords = ({ restoredOfFirst: first, restoredOfSecond: second }: DrillRecord['facts']): string =>
  `all came back sound: ${String(first)} of the first repository, ${String(second)} of the second`

/** Of how many nothing but the database was looked for; undefined where there is none. */
export const bareInWords = ({ withoutFiles: bare = 0 }: DrillRecord['facts']): string | undefined =>
  bare === 0
    ? undefined
    : `of ${String(bare)} the database alone was looked through: none of their files are noted or copied`

/** The first thing that is wrong, and how much more there is. */
export function problemsInWords({ because, problems }: DrillRecord['facts']): string {
  const more = Number(problems ?? 1) - 1
  return more > 0 ? `${String(because)}; and ${more} more` : String(because)
}

/** Whether somebody ended it, or it is a mistake of ours. */
const isEnd = (error: unknown, world: World): boolean =>
  error instanceof Interrupted || world.signal.aborted || !(error instanceof OperatorError)

/** Throws where nothing could be tried: what keeps it is of this machine, and says nothing of a backup. */
async function tryIn(tried: Tried, backups: Backups, inTurn: InTurn, world: World, say: Say): Promise<void> {
  const { repository, problems } = tried
  const list = async (): Promise<readonly BackupInfo[]> => {
    await requirePlaces(backups, world, repository)
    return (await backupsIn(world, backups.paths.database, repository)).filter(isTried)
  }
  const listed = await list()
  for (const [index, { label }] of listed.entries())
    await inTurn(async () => {
      // It may have expired meanwhile.
      const one = (await list()).find((still) => still.label === label)
      const of = `${words[repository]}, ${index + 1} of ${listed.length}`
      if (one) await tryOne(tried, one, backups, world, (text) => say(`${of}: ${text}`))
    })
  // Of none, all would be good.
  if (tried.labels.length === 0) problems.push(`${words[repository]}: it lists no good backup of this PostgreSQL`)
  tried.isWhole = tried.labels.length > 0
}

async function snapshotsOf({ paths }: Backups, repository: Repository, world: World): Promise<readonly Snapshot[]> {
  const files = paths.files[repository === 1 ? 0 : 1]
  await unlock(world, files)
  return snapshotsIn(world, files)
}

/** Notes what is wrong with one. */
async function tryOne(tried: Tried, one: BackupInfo, backups: Backups, world: World, say: Say): Promise<void> {
  const { repository } = tried
  const catalog = await readCatalog(backups.paths.catalog)
  const entry = catalog.find(({ database }) => database.labels[repository - 1] === one.label)
  let isDatabaseBack = false
  try {
    await withFolder(backups, one, entry, world, async (folder) => {
      const trial = { repository, one, entry, folder, highest: highestOf(catalog) }
      await bringDatabase(backups, trial, world, say).catch((error: unknown) => {
        throw ofTheCopy(error)
      })
      isDatabaseBack = true
      if (!entry || !isThere(repository, entry, catalog, backups)) return void tried.bare.push(one.label)
      const snapshots = await snapshotsOf(backups, repository, world)
      await bringFiles(backups, { ...trial, entry, snapshots }, world, say)
    })
  } catch (error) {
    if (isEnd(error, world) || error instanceof NoRoom) throw error
    await requirePlaces(backups, world, repository)
    if (!isDatabaseBack) tried.damaged.push(one.label)
    tried.problems.push(`${one.label} in ${words[repository]}: ${messageOf(error)}`)
  }
  tried.labels.push(one.label)
}

/** What a copy's server answers, or that it is gone, says something of the copy, and is no mistake of ours. */
const ofTheCopy = (error: unknown): unknown =>
  error instanceof DatabaseError || isLostConnection(error) ? new NotVerified(messageOf(error)) : error

/** One that was noted as damaged when it was made is known to be; what another PostgreSQL wrote this one cannot start. */
const isTried = (one: BackupInfo): boolean => isGood(one) && isOfMajor(one)

/** A folder for one backup, which is gone when the next one comes: the disk need not hold all of them. */
async function withFolder(
  backups: Backups,
  one: BackupInfo,
  entry: CatalogEntry | undefined,
  world: World,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  await removeLeftOvers(backups, world)
  const none = { bytes: 0 }
  await requireRoomToVerify(backups.paths.work, {
    database: { bytes: one.info.size },
    files: entry?.files ?? none,
    state: entry?.state ?? none,
  })
  try {
    await work(join(backups.paths.work, 'every'))
  } finally {
    await removeLeftOvers(backups, world)
  }
}

type Trial = {
  readonly repository: Repository
  readonly one: BackupInfo
  readonly entry: CatalogEntry | undefined
  readonly folder: string
  readonly highest: Readonly<Record<string, number>>
}

/** As it was when it was made: of an older backup no more of the log is kept than leads to that. */
async function bringDatabase(
  backups: Backups,
  { repository, one, entry, folder, highest }: Trial,
  world: World,
  say: Say,
): Promise<Facts> {
  const { start } = one.archive
  // The newest timeline may have begun before it, with a restore that took its past away.
  const timeline = start === null ? undefined : segmentOf(start).timeline
  const from = { label: one.label, repository, bytes: one.info.size, timeline }
  const copy = await bringBack(backups, join(folder, 'database'), from, world, say)
  const { sockets } = backups.paths
  const stop = one.archive.stop
  const last = async () => (stop === null ? undefined : segmentOf(stop).number)
  const server = await whileReplaying(
    copy,
    { say, name: 'recovering', last },
    () => startSettled(copy, highest, sockets, world, untilReached(copy, world)),
    world,
  )
  return lookedThrough(copy, server, entry, world, say)
}

async function lookedThrough(
  copy: RestoredCopy,
  server: Awaited<ReturnType<typeof startSettled>>,
  entry: CatalogEntry | undefined,
  world: World,
  say: Say,
): Promise<Facts> {
  let ended = false
  const stop = async (): Promise<void> => {
    await server.stop('fast')
    ended = true
  }
  try {
    const client = await server.connect('app')
    try {
      if (entry) await requireMarkers(client, entry.database.markers)
      await promote(client, world)
    } finally {
      await client.end().catch(() => undefined)
    }
    await reindexOthers(server, say)
    return await examine(copy, server, world, stop, { say, isDeep: true })
  } finally {
    if (!ended) await server.stop()
  }
}

/** What lies beside the database. */
type Beside = { readonly entry: CatalogEntry; readonly snapshots: readonly Snapshot[] }

/** What was backed up beside it, as far as it is to be there still. */
async function bringFiles(
  { paths, settings }: Backups,
  { repository, entry, folder, snapshots }: Trial & Beside,
  world: World,
  say: Say,
): Promise<void> {
  const age = world.now().getTime() - begunAt(entry)
  const trees: readonly (readonly [name: string, tree: TreeEntry | undefined, keptMs: number])[] = [
    ['files', entry.files, settings.files.expiry.milliseconds],
    ['state', entry.state, settings.applicationState.keep.milliseconds],
  ]
  for (const [name, tree, keptMs] of trees) {
    if (!tree || age > keptMs) continue
    const there = snapshots.find((one) => originOf(one).startsWith(tree.snapshot))
    if (!there) throw new NotVerified(`its ${name}, ${bytesOf(tree.bytes)}, are not there`)
    const into = join(folder, name)
    await requireTree(paths.files[repository === 1 ? 0 : 1], { ...tree, snapshot: there.id }, into, world, say)
    await rm(into, { recursive: true })
  }
}

/** Whether files of a backup are to lie in a repository: what the second one missed comes there with the next copy. */
function isThere(
  repository: Repository,
  { number }: CatalogEntry,
  catalog: readonly CatalogEntry[],
  { paths }: Backups,
): boolean {
  const path = paths.database.repositories[repository - 1]
  const copied = catalog.some((one) => one.number >= number && one.second?.path === path && one.second?.hasFiles)
  return repository === 1 || copied
}

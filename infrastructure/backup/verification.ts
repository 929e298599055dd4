import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import type { Facts } from '../../src/core/check.ts'
import { Interrupted, messageOf, OperatorError } from '../../src/core/errors.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { roundedSeconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { makePrivateDirectory } from '../../src/targets/local/files.ts'
import { isBeating, segmentsIn } from './archive.ts'
import { type Backups, markerTable, recordNames, type Say, valueOf } from './backups.ts'
import { type CatalogEntry, type Fingerprint, readCatalog } from './catalog.ts'
import { knownDamage, soundFacts } from './damaged.ts'
import { requireDeployed } from './deployed.ts'
import { tellFigures } from './figures.ts'
import { allFingerprints, fingerprintDifference, held } from './fingerprints.ts'
import { backup } from './guarantees.ts'
import { NotVerified } from './not-verified.ts'
import { besides } from './progress.ts'
import { isRead, readRepositories } from './read-repositories.ts'
import { highestOf, startSettled, toTheEnd, untilEnded, untilReached } from './recovering.ts'
import { lastOf, whileReplaying } from './replay.ts'
import { bringBack } from './restore.ts'
import { restoredCopy, type RestoredCopy, stopLeftOver } from './restored-server.ts'
import { requireRoomToVerify } from './room-for.ts'
import { examine } from './soundness.ts'
import { verifyFiles } from './verify-files.ts'

/** What belongs to which cluster: of another one a record says nothing. */
export async function clusterOf({ database }: Pick<Backups, 'database'>): Promise<DrillRecord['of']> {
  const { app } = await database.leader()
  const id = await withClient(app, (client) =>
    valueOf(client, 'select system_identifier as value from pg_control_system()'),
  )
  return { cluster: id ?? 'unknown' }
}

/**
 * Brings the newest backup back into a fresh place and compares it with what it was taken of; records what was seen, and
 * tells the operator, whatever came of it. Throws what was found, after that.
 */
export async function verifyBackup(backups: Backups, world: World, say: Say): Promise<DrillRecord> {
  const begun = world.now().getTime()
  await requireDeployed(backups)
  const of = await clusterOf(backups)
  const seen = await facts(backups, world, say)
  const at = world.now()
  const record = {
    drill: recordNames.verification,
    at: at.toISOString(),
    facts: seen.facts,
    took: at.getTime() - begun,
    of,
  }
  await backups.records.keep(record)
  await tellFigures(backups)
  await backups.inbox.put({
    at: record.at,
    id: 'backup.verification',
    says: seen.failed ? `the verification failed: ${seen.failed.message}` : `verified: ${inWords(seen.facts)}`,
    ...(seen.failed || secondOf(seen.facts) !== '' ? { next: 'edge backup verify' } : {}),
  })
  if (seen.failed) throw seen.failed
  return record
}

export async function facts(
  backups: Backups,
  world: World,
  say: Say,
): Promise<{ readonly facts: Facts; readonly failed?: OperatorError }> {
  // What this one does not come to read stays as it was found before.
  const known = await knownDamage(backups, recordNames.verification)
  const seen = await compared(backups, world, say).catch((error: unknown) => ({ error, damage: {} }))
  const damage = { ...known, ...seen.damage }
  if (!('error' in seen)) return { facts: { good: true, ...seen.facts, ...damage } }
  const { error } = seen
  if (error instanceof Interrupted || world.signal.aborted) throw error
  const failed = error instanceof OperatorError ? error : new NotVerified(messageOf(error))
  const before = await backups.records.newest(recordNames.verification)
  const sound = soundFacts(before && 'facts' in before ? before : undefined)
  return { facts: { good: false, because: failed.message, ...sound, ...damage }, failed }
}

export function inWords(seen: DrillRecord['facts']): string {
  const left = seen['notCompared'] === undefined ? '' : `; not compared: ${seen['notCompared']}`
  return `${seen['tables']} tables and ${seen['files']} files as they were${left}; ${lossOf(seen)}, answers after ${seen['recoverySeconds']} s${secondOf(seen)}`
}

const secondOf = ({ secondRepository: second }: DrillRecord['facts']): string =>
  second === undefined || second === isRead ? '' : `; the second repository was not read: ${String(second)}`

const lossOf = (seen: DrillRecord['facts']): string =>
  isBeating(Number(seen['heartbeatSecondsAgo'] ?? 0))
    ? `data lost at most ${seen['recoveryPointSeconds']} s`
    : 'what would be lost was not measured, as no heartbeat was written'

type Compared = { readonly damage: Facts } & ({ readonly facts: Facts } | { readonly error: unknown })

/** What was seen, or the first thing that is not as it was; and which backups are damaged. Throws where nothing was read. */
async function compared(backups: Backups, world: World, say: Say): Promise<Compared> {
  const entry = (await readCatalog(backups.paths.catalog)).at(-1)
  if (!entry) throw new NotVerified('there is no backup yet')
  await requireNewer(backups, entry, world)
  await removeLeftOvers(backups, world)
  await requireRoomToVerify(backups.paths.work, entry)
  const folder = join(backups.paths.work, 'verification')
  try {
    // Beside each other: one waits for the disk where the other computes.
    const part = besides(say)
    const [seen, ofFiles, read] = await Promise.allSettled([
      verifyDatabase(backups, entry, join(folder, 'database'), world, part()),
      verifyFiles(backups, entry, join(folder, 'files'), world, part()),
      readRepositories(backups, world, part()),
    ])
    const damage = read.status === 'fulfilled' ? read.value.damage : {}
    if (seen.status === 'rejected') return { damage, error: seen.reason }
    if (ofFiles.status === 'rejected') return { damage, error: ofFiles.reason }
    if (read.status === 'rejected') return { damage, error: read.reason }
    const { facts: ofRead, problem } = read.value
    if (problem !== undefined) return { damage, error: new NotVerified(problem) }
    return {
      damage,
      facts: { madeAt: entry.at, labels: entry.database.labels, ...seen.value, ...ofFiles.value, ...ofRead },
    }
  } finally {
    await removeLeftOvers(backups, world)
  }
}

/** The backup of last week, verified again, would be as green as one of today. */
async function requireNewer({ records }: Backups, { at }: CatalogEntry, world: World): Promise<void> {
  const last = await records.newest(recordNames.verification)
  const verified = last && 'facts' in last && last.facts['good'] === true ? Date.parse(String(last.facts['madeAt'])) : 0
  const made = Date.parse(at)
  const age = world.now().getTime() - made
  if (made < verified || (made === verified && age > backup.freshness.atMost.milliseconds))
    throw new NotVerified(`the newest backup, of ${at}, was verified before: none came since`)
}

async function verifyDatabase(
  backups: Backups,
  { database }: CatalogEntry,
  folder: string,
  world: World,
  say: Say,
): Promise<Facts> {
  const { sockets } = backups.paths
  const { app } = await backups.database.leader()
  // Without a last look at the log: what a loss at this moment would take is what is not archived yet.
  const newest = await withClient(app, newestCommit)
  const heartbeatSecondsAgo = secondsOf(world.now().getTime() - newest)
  const begun = Date.now()
  const from = { label: database.labels[0] ?? '', repository: 1, bytes: database.bytes, time: database.point }
  const copy = await bringBack(backups, folder, from, world, say)
  const highest = highestOf(await readCatalog(backups.paths.catalog))
  const lastTo = (to?: Date) => async () => lastOf(await segmentsIn(backups, 1, world), { to })
  const atPoint = await whileReplaying(
    copy,
    { say, name: 'recovering to the noted second', last: lastTo(new Date(database.point)) },
    () => startSettled(copy, highest, sockets, world, untilReached(copy, world)),
    world,
  )
  let recoverySeconds: number
  let found: Readonly<Record<string, Fingerprint>>
  try {
    const client = await atPoint.connect('app')
    try {
      await requireMarkers(client, database.markers)
      recoverySeconds = secondsOf(Date.now() - begun)
      say('comparing')
      found = await allFingerprints(client, database.sumsBy)
      const difference = database.fingerprints && fingerprintDifference(database.fingerprints, found)
      if (difference !== undefined) throw new NotVerified(`the restored database differs: ${difference}`)
    } finally {
      await client.end().catch(() => undefined)
    }
  } finally {
    await atPoint.stop('fast')
  }
  const end = await recoverToTheEnd(copy, { highest, sockets, newest, last: lastTo() }, world, say)
  say('')
  return {
    ...counted(found, { tables: 'tables', rows: 'rows' }),
    ...(database.fingerprints
      ? counted(database.fingerprints, { tables: 'notedTables', rows: 'notedRows' })
      : { notCompared: `the tables: ${held.says(database.heldBy)}` }),
    recoverySeconds,
    heartbeatSecondsAgo,
    ...end,
    stateTables: stateTables(database.fingerprints ?? found, backups.settings.applicationState.schema),
  }
}

/** How much there is of each, by the names of facts. A static site has no table. */
const counted = (
  fingerprints: Readonly<Record<string, Fingerprint>>,
  names: { readonly tables: string; readonly rows: string },
): Facts => ({
  [names.tables]: Object.keys(fingerprints).length,
  [names.rows]: Object.values(fingerprints).reduce((sum, { rows }) => sum + rows, 0),
})

const secondsOf = (ms: number): number => Math.max(0, roundedSeconds(ms))

const stateTables = (fingerprints: Readonly<Record<string, Fingerprint>>, schema: string): number =>
  Object.keys(fingerprints).filter((name) => name.startsWith(`${schema}.`)).length

/** The row of just before the backup is there, the one of just after the noted second is not. */
export async function requireMarkers(
  client: Client,
  { before, after }: CatalogEntry['database']['markers'],
): Promise<void> {
  const count = async (id: string) =>
    valueOf(client, `select count(*) as value from ${markerTable} where id = $1`, [id])
  if ((await count(before)) !== '1') throw new NotVerified('the row that was written before the backup is not in it')
  if ((await count(after)) !== '0')
    throw new NotVerified('a row of after the chosen second is in the restored database')
}

/** When edge's heartbeat was written last: it is, every five seconds. In ms since 1970. */
const newestCommit = async (client: Client): Promise<number> =>
  Number(await valueOf(client, 'select extract(epoch from at) * 1000 as value from edge.heartbeat'))

type ToTheEnd = {
  readonly highest: Readonly<Record<string, number>>
  readonly sockets: string
  readonly newest: number
  readonly last: () => Promise<number | undefined>
}

async function recoverToTheEnd(
  copy: RestoredCopy,
  { highest, sockets, newest, last }: ToTheEnd,
  world: World,
  say: Say,
): Promise<Facts> {
  await toTheEnd(copy)
  const server = await whileReplaying(
    copy,
    { say, name: 'recovering to the end of the logs', last },
    () => startSettled(copy, highest, sockets, world, untilEnded(copy, world)),
    world,
  )
  let ended = false
  try {
    const client = await server.connect('app')
    let lost: number
    try {
      lost = newest - (await newestCommit(client))
    } finally {
      await client.end().catch(() => undefined)
    }
    const stop = async (): Promise<void> => {
      await server.stop('fast')
      ended = true
    }
    const seen = await examine(copy, server, world, stop, { say })
    return { recoveryPointSeconds: secondsOf(lost), ...seen }
  } finally {
    if (!ended) await server.stop()
  }
}

/** Ends what a killed verification left running, and removes its files. */
export async function removeLeftOvers({ paths }: Backups, world: World): Promise<void> {
  await makePrivateDirectory(paths.work)
  for (const name of await readdir(paths.work)) {
    const folder = join(paths.work, name)
    await stopLeftOver(restoredCopy(join(folder, 'database')), world).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
}

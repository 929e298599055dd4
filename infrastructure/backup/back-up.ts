import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { type BackedUp, type BackupInfo, backupsIn, pgbackrest } from '../../src/engines/pgbackrest.ts'
import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { backUpFiles, onPacks, type ResticRepository, restic, unlock } from '../../src/engines/restic.ts'
import { isAddress } from '../../src/engines/s3.ts'
import { makePrivateDirectory, readJson, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { archived } from './archive.ts'
import { type Backups, markerTable, type Say, valueOf } from './backups.ts'
import { type CatalogEntry, readCatalog, type Tier, type TreeEntry, writeEntry } from './catalog.ts'
import { fileSystemOf } from './file-system.ts'
import { deployThem } from './deployed.ts'
import { foldersThere } from './folders-there.ts'
import { becauseFull } from './full.ts'
import { type FixedPoint, fixPoint, held } from './fingerprints.ts'
import { backup } from './guarantees.ts'
import { linksOut } from './links-out.ts'
import { placeNow } from './moved.ts'
import { besides, percentOf, progressOf } from './progress.ts'
import { isGood } from './retention.ts'
import { type Hashed, hashedSchema, hashesAround, stateOf } from './tree.ts'

export const tags = { files: 'files', state: 'state' } as const

/** Settings that a server which recovers needs at least as high as the one that wrote the log. */
const recoverySettings = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
] as const

/** Backs everything up: the database, the files, the application state; and notes by what it is known again. */
export async function backUp(backups: Backups, tier: readonly Tier[], world: World, say: Say): Promise<CatalogEntry> {
  const begun = Date.now()
  // Before the database is copied: for one that cannot count, nobody would have to wait.
  await foldersThere(backups.folders)
  const catalog = await readCatalog(backups.paths.catalog)
  // Beside each other: the one waits for checkpoints and archiving, the other computes.
  const part = besides(say)
  const [ofDatabase, ofTrees] = await Promise.allSettled([
    backUpDatabase(backups, tier, world, part()),
    backUpTrees(backups, catalog.at(-1), world, part()),
  ])
  if (ofDatabase.status === 'rejected') throw ofDatabase.reason
  if (ofTrees.status === 'rejected') throw ofTrees.reason
  const [database, { files, state, isCopied }] = [ofDatabase.value, ofTrees.value]
  const entry: CatalogEntry = {
    number: (catalog.at(-1)?.number ?? 0) + 1,
    at: world.now().toISOString(),
    tiers: [...tier],
    took: Date.now() - begun,
    database,
    second: await secondOf(backups, isCopied),
    files,
    ...(state ? { state } : {}),
  }
  await writeEntry(backups.paths.catalog, entry)
  return entry
}

/** All that restic keeps: the folders, the application's state, and a copy of both in the second repository. */
async function backUpTrees(backups: Backups, last: CatalogEntry | undefined, world: World, say: Say) {
  const files = await backUpFolders(backups, last, world, say)
  const { app } = await backups.database.leader()
  const state = await backUpState(backups, app, world, say)
  const copied = await copySnapshots(world, backups.paths.files, say).catch(
    orMissed(backups, backups.paths.files[1].path, world),
  )
  say('')
  return { files, state, isCopied: copied === true }
}

/** Of a mount that is lost later, it is known then that there was one. */
async function secondOf({ paths }: Backups, hasFiles: boolean): Promise<CatalogEntry['second']> {
  const [, path = ''] = paths.database.repositories
  const fileSystem = isAddress(path) ? 's3' : fileSystemOf(path, (await readText('/proc/mounts')) ?? '')
  return { path, fileSystem, hasFiles }
}

/** The backup itself, in each repository, and right after it a point that a restore is held against. */
async function backUpDatabase(backups: Backups, tier: readonly Tier[], world: World, say: Say) {
  const { database } = backups
  const { server, app } = await database.leader()
  const before = await mark(database.edge)
  await withClient(app, untilOfOneTimeline)
  const what = { tier, bytes: await withClient(app, sizeOf) }
  const first = await backUpInto(1, backups, server, what, world, say)
  // Beside each other, as both read the same: the point is of after the first backup, which is what comes back to it.
  const [ofSecond, ofNoted] = await Promise.allSettled([
    // One that is away takes nothing from the other.
    backUpInto(2, backups, server, what, world, say).catch(
      orMissed(backups, backups.paths.database.repositories[1] ?? '', world),
    ),
    noted(app, world),
  ])
  if (ofSecond.status === 'rejected') throw ofSecond.reason
  if (ofNoted.status === 'rejected') throw ofNoted.reason
  const [second, { point, facts }] = [ofSecond.value, ofNoted.value]
  if (!point.fingerprints)
    await backups.inbox.put({
      at: world.now().toISOString(),
      id: backup.restoreTest.id,
      says: `the backup was made, and ${held.says(point.heldBy)}`,
      next: held.next,
    })
  const after = await mark(database.edge)
  await archived(backups, world)
  say('')
  return entryOf(first, second, point, { before, after }, facts)
}

/** Of all databases, in bytes: about what is to be copied. */
const sizeOf = async (client: Client): Promise<number> =>
  Number(await valueOf(client, 'select sum(pg_database_size(oid)) as value from pg_database'))

/** By what a backup is known again. Ctrl-C ends it: of a large table it takes minutes, and nobody would wait for them. */
const noted = (app: PgAddress, world: World) =>
  withClient(app, (client) =>
    withClient(app, async (beside) => {
      const end = (): void => [client, beside].forEach((one) => void one.end().catch(() => undefined))
      world.signal.addEventListener('abort', end, { once: true })
      if (world.signal.aborted) end()
      try {
        return { point: await fixPoint(client, beside, world), facts: await factsOf(client) }
      } finally {
        world.signal.removeEventListener('abort', end)
      }
    }),
  )

/**
 * After a change of the primary the control file is of the timeline before until there was a checkpoint, and pgBackRest
 * refuses a log that is of another one.
 */
async function untilOfOneTimeline(client: Client): Promise<void> {
  const isOfAnother = `select timeline_id <> ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int as value
    from pg_control_checkpoint()`
  if ((await valueOf(client, isOfAnother)) === 'true') await client.query('checkpoint')
}

/** The copy in the second repository failed: the operator is told, and the backup in the first one counts. */
const orMissed =
  ({ inbox }: Backups, path: string, world: World) =>
  async (caught: unknown): Promise<undefined> => {
    if (world.signal.aborted || !(caught instanceof OperatorError)) throw caught
    const error = await becauseFull(path, caught)
    if (!(error instanceof OperatorError)) throw error
    const says = `the backup has no copy in the second repository: ${path}: ${error.message}`
    await inbox.put({
      at: world.now().toISOString(),
      id: backup.otherRegion.id,
      says,
      next: [...error.hints, 'edge backup now, when it is well again, copies what is missing there'].join('; '),
    })
    return undefined
  }

async function backUpInto(
  repository: 1 | 2,
  { paths }: Backups,
  server: BackedUp,
  { tier, bytes }: { readonly tier: readonly Tier[]; readonly bytes: number },
  world: World,
  say: Say,
): Promise<BackupInfo> {
  const id = randomUUID()
  const annotations = [`--annotation=tier=${tier.join(',')}`, `--annotation=id=${id}`]
  const options = ['--type=full', `--repo=${repository}`, ...annotations, '--log-level-console=detail']
  const where = repository === 1 ? 'database' : 'database, second repository'
  const onLine = percentOf('backup file', progressOf(say, where, bytes))
  await pgbackrest(world, paths.database, 'backup', { server, options, onLine }).catch(async (error: unknown) => {
    throw await becauseFull(paths.database.repositories[repository - 1] ?? '', error)
  })
  const made = (await backupsIn(world, paths.database, repository)).find(({ annotation }) => annotation?.['id'] === id)
  if (!made) throw new OperatorError('backup', 'is not in the list of its own repository', 'edge backup list')
  if (isGood(made)) return made
  throw new OperatorError('backup', `${made.label} has damaged pages: the database itself is damaged`, [
    'nothing expires until a later backup is good',
    'edge logs pg1; docs/runbooks/backup-failed.md',
  ])
}

const entryOf = (
  first: BackupInfo,
  second: BackupInfo | undefined,
  { time, fingerprints, heldBy }: FixedPoint,
  markers: CatalogEntry['database']['markers'],
  facts: Pick<CatalogEntry['database'], 'major' | 'collation' | 'architecture' | 'recovery'>,
): CatalogEntry['database'] => ({
  labels: [first.label, ...(second ? [second.label] : [])],
  bytes: first.info.size,
  ...facts,
  point: time,
  markers,
  ...(fingerprints ? { fingerprints } : {}),
  ...(heldBy === undefined ? {} : { heldBy }),
  sumsBy: 'bytes',
})

/**
 * Writes a row of edge's own and answers its id: a commit that a recovery can be held against. It waits for no standby:
 * where none is left, it would wait for ever, and nobody could back up or restore.
 */
export async function mark(edge: PgAddress): Promise<string> {
  const id = randomUUID()
  await withClient(edge, async (client) => {
    if ((await valueOf(client, 'select to_regclass($1) as value', [markerTable])) === undefined)
      throw new OperatorError(
        'backup',
        `there is no ${markerTable}: backups were not deployed to their end`,
        deployThem,
      )
    await client.query('begin')
    await client.query('set local synchronous_commit = local')
    await client.query(`delete from ${markerTable} where at < now() - interval '100 days'`)
    await client.query(`insert into ${markerTable} (id) values ($1)`, [id])
    await client.query('commit')
  })
  return id
}

async function factsOf(client: Client) {
  const { rows } = await client.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [recoverySettings],
  )
  return {
    major: Number(await valueOf(client, "select current_setting('server_version_num')::int / 10000 as value")),
    collation:
      (await valueOf(client, 'select coalesce(max(collversion), $1) as value from pg_collation', ['none'])) ?? 'none',
    architecture: (await valueOf(client, 'select version() as value'))?.split(' on ')[1]?.split(',')[0] ?? 'unknown',
    recovery: Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)])),
  }
}

/** One snapshot of the folders that there are. Throws OperatorError where one that was backed up before is gone. */
async function backUpFolders(
  { state, folders, paths }: Backups,
  last: CatalogEntry | undefined,
  world: World,
  say: Say,
): Promise<TreeEntry> {
  const there = await foldersThere([...folders, paths.catalog])
  const before = last?.files.paths ?? []
  const gone = before.find((path) => !there.includes(placeNow({ state, paths }, before, path)))
  if (gone !== undefined)
    throw new OperatorError('backup', `${gone} was backed up before, and is gone`, [
      `edge restore files ${gone} --into DIR brings back what it held`,
    ])
  const seen = await stateOf(await foldersThere(folders))
  // Restic would pass over a path that is missing, and end with 0.
  const what = { paths: there, tag: tags.files, known: await readJson(paths.hashed, hashedSchema) }
  const { tree, hashed } = await backUpTree(paths.files[0], what, world, say)
  await writeAtomically(paths.hashed, JSON.stringify(hashed))
  await writeAtomically(paths.folders, seen)
  // Of what is published each release can be published again; its links may lead to programs of the machine.
  return { ...tree, linksOut: await linksOut(join(state, 'uploads'), folders) }
}

/**
 * A snapshot of the folders between two backups, so that a file that is overwritten twice a day loses no version of the
 * hour. Answers how many files it has, and whether they were copied; neither where nothing has changed since the last one.
 * @param isMissed the last copy was: it is made then, whatever has changed
 */
export async function backUpChanged(
  backups: Backups,
  isMissed: boolean,
  world: World,
  say: Say,
): Promise<{ readonly files?: number; readonly isCopied?: boolean }> {
  const { paths, folders } = backups
  const seen = await stateOf(await foldersThere(folders))
  const isSame = (await readText(paths.folders)) === seen
  if (isSame && !isMissed) return {}
  const files = isSame
    ? {}
    : { files: (await backUpFolders(backups, (await readCatalog(paths.catalog)).at(-1), world, say)).files }
  const copied = await copySnapshots(world, paths.files, say).catch(orMissed(backups, paths.files[1].path, world))
  return { ...files, isCopied: copied === true }
}

async function backUpTree(
  repository: ResticRepository,
  what: { readonly paths: readonly string[]; readonly tag: string; readonly known?: Hashed | undefined },
  world: World,
  say: Say,
): Promise<{ readonly tree: TreeEntry; readonly hashed: Hashed }> {
  await unlock(world, repository)
  const { result, hashed } = await hashesAround(
    what.paths,
    () => backUpFiles(world, repository, what, progressOf(say, what.tag)),
    what.known,
  )
  const hashes = Object.fromEntries(Object.entries(hashed).map(([file, { hash }]) => [file, hash]))
  const { snapshot, files, bytes } = result
  return { tree: { snapshot, paths: [...what.paths], files, bytes, hashes }, hashed }
}

/**
 * Into the second repository, whose chunks are those of the first: so nothing is there twice. All that is not there yet,
 * also what was missed while it was away.
 */
async function copySnapshots(
  world: World,
  [from, to]: readonly [ResticRepository, ResticRepository],
  say: Say,
): Promise<true> {
  const onLine = onPacks(progressOf(say, 'files, second repository'))
  await unlock(world, to)
  await restic(world, to, ['copy', '--tag', tags.files, '--tag', tags.state], { from, onLine })
  return true
}

/** An export of the application's state, as it is now; undefined where there is no such schema. */
async function backUpState(backups: Backups, app: PgAddress, world: World, say: Say): Promise<TreeEntry | undefined> {
  const { schema } = backups.settings.applicationState
  const isThere = await withClient(app, (client) =>
    valueOf(client, 'select true as value from pg_namespace where nspname = $1', [schema]),
  )
  if (isThere === undefined) return undefined
  const folder = join(backups.paths.work, 'state')
  await makePrivateDirectory(folder)
  try {
    say('application state: export')
    await dumpSchema(app, schema, join(folder, 'state.dump'), world)
    return (await backUpTree(backups.paths.files[0], { paths: [folder], tag: tags.state }, world, say)).tree
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Throws OperatorError with what pg_dump says. */
async function dumpSchema(
  { host, port, user, password, database, ca }: PgAddress,
  schema: string,
  file: string,
  world: World,
): Promise<void> {
  const where = [`--host=${host}`, `--port=${port}`, `--username=${user}`, `--dbname=${database}`]
  const ran = await world.run(
    ['pg_dump', ...where, `--schema=${schema}`, '--format=custom', `--file=${file}`, '--no-password'],
    { env: { PGPASSWORD: password, PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca }, timeoutMs: 24 * 3_600_000 },
  )
  if (ran.code !== 0)
    throw new OperatorError(
      'backup',
      `the application state could not be exported: ${ran.stderr.trim()}`,
      'edge status',
    )
}

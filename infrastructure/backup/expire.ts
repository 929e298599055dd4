import { OperatorError } from '../../src/core/errors.ts'
import { dayMs } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { pgbackrest } from '../../src/engines/pgbackrest.ts'
import { type ResticRepository, restic, snapshotsIn, unlock } from '../../src/engines/restic.ts'
import { tags } from './back-up.ts'
import { type Backups, recordNames } from './backups.ts'
import { type CatalogEntry, pruneCatalog, readCatalog } from './catalog.ts'
import { listedIn, soundBefore } from './damaged.ts'
import { backup } from './guarantees.ts'
import { expiredSnapshots, expiryOf, expiryRuns, gapBefore, type Keep } from './retention.ts'
import type { BackupSettings } from './settings.ts'

export const keepOf = ({ daily, weekly, monthly, transactionLogs }: BackupSettings): Keep => ({
  daily: daily.keep.milliseconds,
  weekly: weekly.keep.milliseconds,
  monthly: monthly.keep.milliseconds,
  logs: transactionLogs.keep.milliseconds,
})

/** How much was deleted. */
export type Expired = { readonly backups: number; readonly snapshots: number }

/**
 * Deletes what is older than the configuration keeps, after a backup, in each place that has it: of one that is away, nothing
 * goes. What fails is told by itself, and waits for the next backup: this one was made. Answers what went in the first place.
 * What is known of backups of which nothing is left goes with them.
 */
export async function expireAfter(made: CatalogEntry, backups: Backups, world: World): Promise<Expired> {
  const { paths, settings } = backups
  const catalog = await readCatalog(paths.catalog)
  const now = world.now().getTime()
  const gap = gapBefore(
    catalog.map(({ at }) => Date.parse(at)),
    now,
  )
  if (gap !== undefined) {
    await tellGap(backups, gap, world)
    return { backups: 0, snapshots: 0 }
  }
  const orLater = (error: unknown) => later(backups, world, error)
  const expired = {
    backups: await expireDatabase(backups, 1, world).catch(orLater),
    snapshots: await expireTrees(backups, 1, world).catch(orLater),
  }
  if (hasCopy(made)) await expireDatabase(backups, 2, world).catch(orLater)
  if (hasFilesCopy(made)) await expireTrees(backups, 2, world).catch(orLater)
  await pruneCatalog(paths.catalog, now - longestOf(settings))
  return expired
}

export const hasCopy = ({ database }: CatalogEntry): boolean => database.labels.length > 1
export const hasFilesCopy = ({ second }: CatalogEntry): boolean => second?.hasFiles === true

const monthMs = 30 * dayMs

/** Longer than anything is kept: what is older is of no backup that there is. */
const longestOf = ({ daily, weekly, monthly, files, applicationState }: BackupSettings): number =>
  Math.max(
    ...[daily.keep, weekly.keep, monthly.keep, files.expiry, applicationState.keep].map((keep) => keep.milliseconds),
  ) + monthMs

const tellGap = ({ inbox }: Backups, gap: number, world: World): Promise<void> =>
  inbox.put({
    at: world.now().toISOString(),
    id: backup.expiry.id,
    says: `nothing expires for a day: there was no backup for ${Math.round(gap / dayMs)} days before. Was the machine off, or is its clock wrong?`,
    next: 'timedatectl shows whether the clock is right: a wrong one makes all backups look too old',
  })

async function later({ inbox }: Backups, world: World, error: unknown): Promise<number> {
  if (world.signal.aborted || !(error instanceof OperatorError)) throw error
  await inbox.put({
    at: world.now().toISOString(),
    id: backup.expiry.id,
    says: `the backup was made, and what is over its time did not expire: ${error.message}`,
    next: 'the next backup tries it again; edge backup list shows what there is',
  })
  return 0
}

/** Those of one of the repositories, by what that one holds itself. */
export async function expireDatabase(backups: Backups, repository: 1 | 2, world: World): Promise<number> {
  const { paths, settings, records } = backups
  const verified = await records.newest(recordNames.verification)
  // It may say that the newest one is no good: those before it would go.
  if (verified && 'damaged' in verified)
    throw new OperatorError('backup', `which backups are damaged nobody knows: ${verified.damaged} is`, [
      'edge backup verify finds it out anew',
    ])
  const listed = await listedIn(backups, repository, world)
  const sound = verified && soundBefore(verified, repository)
  const expiry = expiryOf(listed, keepOf(settings), world.now().getTime(), sound)
  for (const { label, keepLogsOf } of expiryRuns(expiry)) {
    const options = [`--repo=${repository}`, `--repo${repository}-retention-archive=${keepLogsOf}`]
    const only = label === undefined ? [] : [`--set=${label}`]
    await pgbackrest(world, paths.database, 'expire', { options: [...options, ...only] })
  }
  return expiry.labels.length
}

async function expireTrees({ paths, settings }: Backups, which: 1 | 2, world: World): Promise<number> {
  const repository = paths.files[which === 1 ? 0 : 1]
  const keep = { files: settings.files.expiry.milliseconds, state: settings.applicationState.keep.milliseconds }
  const [oldest] = await readCatalog(paths.catalog)
  // Nothing can be over its time yet, and to ask restic costs seconds.
  if (!oldest || world.now().getTime() - Date.parse(oldest.at) <= Math.min(keep.files, keep.state)) return 0
  await unlock(world, repository)
  const files = await expireFiles(repository, tags.files, keep.files, world)
  return files + (await expireFiles(repository, tags.state, keep.state, world))
}

/** Answers how many snapshots went; each by its name, never by a policy, which would take what it groups otherwise. */
export async function expireFiles(
  repository: ResticRepository,
  tag: string,
  keepMs: number,
  world: World,
): Promise<number> {
  const ids = expiredSnapshots(await snapshotsIn(world, repository, tag), keepMs, world.now().getTime())
  if (ids.length > 0) await restic(world, repository, ['forget', '--prune', ...ids])
  return ids.length
}

import type { World } from '../../src/core/world.ts'
import { pgbackrest } from '../../src/engines/pgbackrest.ts'
import { type ResticRepository, restic, snapshotsIn, unlock } from '../../src/engines/restic.ts'
import { tags } from './back-up.ts'
import type { Backups } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { listedIn } from './damaged.ts'
import { expiredSnapshots, expiryOf, expiryRuns, type Keep } from './retention.ts'
import type { BackupSettings } from './settings.ts'

export const keepOf = ({ daily, weekly, monthly, transactionLogs }: BackupSettings): Keep => ({
  daily: daily.keep.milliseconds,
  weekly: weekly.keep.milliseconds,
  monthly: monthly.keep.milliseconds,
  logs: transactionLogs.keep.milliseconds,
})

/** How much was deleted. */
export type Expired = { readonly backups: number; readonly snapshots: number }

/** Deletes what is older than the configuration keeps in one of the repositories, by what that one holds itself. */
export async function expire(backups: Backups, repository: 1 | 2, world: World): Promise<Expired> {
  return {
    backups: await expireDatabase(backups, repository, world),
    snapshots: await expireTrees(backups, repository, world),
  }
}

async function expireDatabase(backups: Backups, repository: 1 | 2, world: World): Promise<number> {
  const { paths, settings } = backups
  const listed = await listedIn(backups, repository, world)
  const expiry = expiryOf(listed, keepOf(settings), world.now().getTime())
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

import { Interrupted, messageOf, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { isLostConnection } from '../../src/engines/postgres.ts'
import { type BackupBounds, ringing } from './alarms.ts'
import { backUp, backUpChanged } from './back-up.ts'
import { type Backups, recordNames, type Say } from './backups.ts'
import { type CatalogEntry, pruneCatalog, readCatalog, type Tier } from './catalog.ts'
import { requireDeployed } from './deployed.ts'
import { expire, type Expired } from './expire.ts'
import { type CanFail, tellFailed, tellMade } from './figures.ts'
import { backup } from './guarantees.ts'
import type { BackupSettings } from './settings.ts'
import { clusterOf } from './verification.ts'

export type BackupMade = { readonly entry: CatalogEntry; readonly expired: Expired }

/** Only a repository that has the newest backup lets older ones go. */
const hasCopy = ({ database }: CatalogEntry): boolean => database.labels.length > 1

const monthMs = 30 * 24 * 3_600_000

/** Longer than anything is kept: what is older is of no backup that there is. */
const longestOf = ({ daily, weekly, monthly, files, applicationState }: BackupSettings): number =>
  Math.max(
    ...[daily.keep, weekly.keep, monthly.keep, files.expiry, applicationState.keep].map((keep) => keep.milliseconds),
  ) + monthMs

/**
 * Makes a backup of the given tiers, lets expire what is over its time, and records it. What fails is told to the
 * operator before it is thrown; then nothing expires.
 */
export async function makeBackup(
  backups: Backups,
  tiers: readonly Tier[],
  bounds: BackupBounds,
  world: World,
  say: Say,
): Promise<BackupMade> {
  const tell = (says: string): Promise<void> =>
    backups.inbox.put({
      at: world.now().toISOString(),
      id: backup[tiers[0] ?? 'daily'].id,
      says,
      next: 'edge backup list',
    })
  const before = await readCatalog(backups.paths.catalog).catch(() => [])
  try {
    await requireDeployed(backups)
    const entry = await backUp(backups, tiers, world, say)
    say('expiry')
    const expired = await expire(backups, 1, world)
    if (hasCopy(entry)) await expire(backups, 2, world)
    await pruneCatalog(backups.paths.catalog, world.now().getTime() - longestOf(backups.settings))
    await backups.records.keep({
      drill: recordNames.backup,
      at: entry.at,
      facts: { number: entry.number, tiers: [...entry.tiers], bytes: entry.database.bytes, ...expired },
      took: entry.took,
      of: await clusterOf(backups),
    })
    const sizes = before.map(({ database, took }) => ({ bytes: database.bytes, took }))
    for (const what of ringing({ bytes: entry.database.bytes, took: entry.took }, sizes, bounds))
      await tell(`the ${tiers.join(' and ')} backup was made, and ${what}`)
    await tellMade(backups, ['backup', 'files'])
    return { entry, expired }
  } catch (caught) {
    const error = withoutPrimary(caught)
    if (!(error instanceof Interrupted) && !world.signal.aborted) {
      await tell(`the ${tiers.join(' and ')} backup failed: ${messageOf(error)}`)
      await rings(backups, 'backup', world)
    }
    throw error
  }
}

/** The server that is backed up may end at any time: another one takes over, and the next backup is of that. */
function withoutPrimary(error: unknown): unknown {
  if (!isLostConnection(error)) return error
  const what = `the primary went away while it was backed up: ${messageOf(error)}`
  return new OperatorError('backup', what, ['edge status shows whether another one leads', 'edge backup now once more'])
}

/** Where not even this can be written, the age of the newest backup rings: what failed is the error to show. */
const rings = (backups: Backups, what: CanFail, world: World): Promise<void> =>
  tellFailed(backups, what, world.now()).catch(() => undefined)

/** Backs up the files that changed since the last time; answers how many there are, undefined where none did. */
export async function makeFilesBackup(backups: Backups, world: World, say: Say): Promise<number | undefined> {
  try {
    await requireDeployed(backups)
    const files = await backUpChanged(backups, world, say)
    await tellMade(backups, ['files'])
    return files
  } catch (error) {
    if (!(error instanceof Interrupted) && !world.signal.aborted) await rings(backups, 'files', world)
    throw error
  }
}

import { Interrupted, messageOf, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { isLostConnection } from '../../src/engines/postgres.ts'
import { type BackupBounds, ringing } from './alarms.ts'
import { backUp, backUpChanged } from './back-up.ts'
import { type Backups, recordNames, type Say } from './backups.ts'
import { type CatalogEntry, readCatalog, type Tier, tiers as allTiers } from './catalog.ts'
import { requireDeployed } from './deployed.ts'
import { expireAfter, type Expired, hasCopy, hasFilesCopy, keepOf } from './expire.ts'
import { type CanFail, failedSince, tellFailed, tellMade } from './figures.ts'
import { backup } from './guarantees.ts'
import { clusterOf } from './verification.ts'

export type BackupMade = { readonly entry: CatalogEntry; readonly expired: Expired }

/**
 * Makes a backup of the given tiers, lets expire what is over its time, and records it. What fails is told to the
 * operator before it is thrown; then nothing expires. One whose expiry failed was made all the same.
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
    const expired = await expireAfter(entry, backups, world)
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
    await tellOutcome(backups, entry, world)
    return { entry, expired }
  } catch (caught) {
    const error = withoutPrimary(caught)
    if (!(error instanceof Interrupted) && !world.signal.aborted) {
      await tell(`the ${tiers.join(' and ')} backup failed: ${messageOf(error)}`)
      // Where the first one was to count for all, the others are not due yet.
      await rings(backups, [tiers[0] ?? 'daily'], world)
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

/** A backup ends what rang about its tier, and about those that are kept no longer; and its copy what rang about that. */
async function tellOutcome(backups: Backups, entry: CatalogEntry, world: World): Promise<void> {
  const keep = keepOf(backups.settings)
  const longest = Math.max(...entry.tiers.map((tier) => keep[tier]))
  const copies = { copy: hasCopy(entry), filesCopy: hasFilesCopy(entry) }
  const made = allTiers.filter((tier) => keep[tier] <= longest)
  await tellMade(backups, [...made, 'files', ...namesOf(copies, true)])
  const failed = namesOf(copies, false)
  if (failed.length > 0) await tellFailed(backups, failed, world.now())
}

const namesOf = <Name extends string>(all: Readonly<Record<Name, boolean>>, is: boolean): readonly Name[] =>
  // The names of a record that is written above.
  (Object.keys(all) as Name[]).filter((name) => all[name] === is)

/** Where not even this can be written, the age of the newest backup rings: what failed is the error to show. */
const rings = (backups: Backups, what: readonly CanFail[], world: World): Promise<void> =>
  tellFailed(backups, what, world.now()).catch(() => undefined)

/** Backs up the files that changed since the last time; answers how many there are, undefined where none did. */
export async function makeFilesBackup(backups: Backups, world: World, say: Say): Promise<number | undefined> {
  try {
    await requireDeployed(backups)
    const isMissed = (await failedSince(backups)).filesCopy !== undefined
    const { files, isCopied } = await backUpChanged(backups, isMissed, world, say)
    await tellMade(backups, isCopied === true ? ['files', 'filesCopy'] : ['files'])
    if (isCopied === false) await tellFailed(backups, ['filesCopy'], world.now())
    return files
  } catch (error) {
    if (!(error instanceof Interrupted) && !world.signal.aborted) await rings(backups, ['files'], world)
    throw error
  }
}

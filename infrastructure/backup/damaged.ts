import type { Facts } from '../../src/core/check.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { type BackupInfo, backupsIn } from '../../src/engines/pgbackrest.ts'
import { type Backups, recordNames } from './backups.ts'
import type { Repository } from './which-repository.ts'

/** By which names a verification's record says which backups it found damaged in each repository. */
const factNames = { 1: 'damagedInFirst', 2: 'damagedInSecond' } as const satisfies Record<Repository, string>

/** As it stands in a record. */
export const damageFacts = (repository: Repository, labels: readonly string[]): Facts => ({
  [factNames[repository]]: labels,
})

/**
 * Names of backups that the last verification of its kind to read a repository found damaged: each record takes over what
 * it did not read.
 */
export async function foundIn(
  { records }: Pick<Backups, 'records'>,
  name: (typeof recordNames)['verification' | 'deep'],
  repository: Repository,
): Promise<readonly string[]> {
  const record = await records.newest(name)
  const labels = record && 'facts' in record ? record.facts[factNames[repository]] : undefined
  return Array.isArray(labels) ? labels.map(String) : []
}

/** By which name a record of a verification that failed says which backup had come back whole before it. */
const soundName = 'soundBefore'

/**
 * What a verification that fails takes over of the one before it: the names, in each repository, of the backup that came
 * back whole at last. It stays until a later one does: what fails for months may have been in every backup since.
 */
export function soundFacts(before: DrillRecord | undefined): Facts {
  const labels = before?.facts[before.facts['good'] === true ? 'labels' : soundName]
  return Array.isArray(labels) ? { [soundName]: labels.map(String) } : {}
}

/** That backup in a repository; undefined where the newest verification was good, or none ever was. */
export function soundBefore({ facts }: Pick<DrillRecord, 'facts'>, repository: Repository): string | undefined {
  const labels = facts[soundName]
  return Array.isArray(labels) ? labels.map(String)[repository - 1] : undefined
}

/** Of both, as a record takes it over. */
export const knownDamage = async (
  backups: Pick<Backups, 'records'>,
  name: Parameters<typeof foundIn>[1],
): Promise<Facts> => ({
  ...damageFacts(1, await foundIn(backups, name, 1)),
  ...damageFacts(2, await foundIn(backups, name, 2)),
})

/** Those that cannot be read as they were written. */
export const damagedIn = (backups: Pick<Backups, 'records'>, repository: Repository): Promise<readonly string[]> =>
  foundIn(backups, recordNames.verification, repository)

/** A backup, and whether it did not come back when each was tried. */
export type Listed = BackupInfo & { readonly isRefused: boolean }

/**
 * What a repository lists, oldest first. What a verification found damaged is so here, too: pgBackRest itself notes only
 * whether what it copied was. What did not come back when each was tried is named, and no more: a full disk may have been
 * why, and what expires goes by what is damaged.
 */
export async function listedIn(
  backups: Pick<Backups, 'paths' | 'records'>,
  repository: Repository,
  world: Pick<World, 'run'>,
): Promise<readonly Listed[]> {
  const [listed, damaged, refused] = await Promise.all([
    backupsIn(world, backups.paths.database, repository),
    damagedIn(backups, repository),
    foundIn(backups, recordNames.deep, repository),
  ])
  return listed.map((one) => ({
    ...one,
    ...(damaged.includes(one.label) ? { error: true } : {}),
    isRefused: refused.includes(one.label),
  }))
}

import type { Facts } from '../../src/core/check.ts'
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
 * Names of backups that the last verification to read a repository found damaged: each record takes over what it did not
 * read.
 */
export async function damagedIn(
  { records }: Pick<Backups, 'records'>,
  repository: Repository,
): Promise<readonly string[]> {
  const record = await records.newest(recordNames.verification)
  const labels = record && 'facts' in record ? record.facts[factNames[repository]] : undefined
  return Array.isArray(labels) ? labels.map(String) : []
}

/**
 * What a repository lists, oldest first. What a verification found damaged is so here, too: pgBackRest itself notes only
 * whether what it copied was.
 */
export async function listedIn(
  backups: Pick<Backups, 'paths' | 'records'>,
  repository: Repository,
  world: Pick<World, 'run'>,
): Promise<readonly BackupInfo[]> {
  const [listed, damaged] = await Promise.all([
    backupsIn(world, backups.paths.database, repository),
    damagedIn(backups, repository),
  ])
  return listed.map((one) => (damaged.includes(one.label) ? { ...one, error: true } : one))
}

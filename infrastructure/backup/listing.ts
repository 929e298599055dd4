import type { World } from '../../src/core/world.ts'
import type { Backups } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { coverage } from './archive.ts'
import { listedIn } from './damaged.ts'
import { isGood, tiersOf } from './retention.ts'
import type { Repository } from './which-repository.ts'

const at = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** Every backup of the database in a repository, oldest first, and the seconds that one can go back to. */
export async function listBackups(backups: Backups, repository: Repository, world: World) {
  const listed = await listedIn(backups, repository, world)
  const catalog = await readCatalog(backups.paths.catalog)
  const record = await backups.records.newest('backup-verification')
  const good = record && 'facts' in record && record.facts['good'] === true ? String(record.facts['madeAt']) : undefined
  const { oldest, until } = await coverage(backups, listed.filter(isGood), world, repository)
  return {
    backups: listed.map((one) => {
      const made = catalog.find(({ database }) => database.labels.includes(one.label))?.at
      return {
        label: one.label,
        at: at(one.timestamp.stop),
        tiers: tiersOf(one),
        bytes: one.info.size,
        stored: one.info.repository.delta,
        state:
          !isGood(one) || one.isRefused
            ? 'damaged'
            : repository === 1 && made !== undefined && made === good
              ? 'verified'
              : '',
      }
    }),
    from: oldest ? at(oldest.timestamp.stop + 1) : null,
    to: until ?? null,
  }
}

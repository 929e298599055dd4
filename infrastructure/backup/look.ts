import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Check, measured, notClaimed, type Verdict, broken } from '../../src/core/check.ts'
import { difference, type DrillRecord } from '../../src/core/record.ts'
import { roundedSeconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import { readText } from '../../src/targets/local/files.ts'
import { type Backups, recordNames } from './backups.ts'
import { type CatalogEntry, readCatalog } from './catalog.ts'
import { listedIn } from './damaged.ts'
import { deployThem, isDeployed, notDeployed } from './deployed.ts'
import { backup } from './guarantees.ts'
import { isGood } from './retention.ts'
import { clusterOf } from './verification.ts'

export const hourMs = 3_600_000

/** What there is, as the repositories themselves list it; and what there should be, as each backup noted it. */
export type Seen = {
  readonly now: number
  readonly since: number
  readonly good: readonly BackupInfo[]
  /** Those that are there as well, and are no good. */
  readonly damaged: readonly BackupInfo[]
  readonly catalog: readonly CatalogEntry[]
  /** Whether a snapshot lies in the first repository of the files. */
  readonly hasSnapshot: (id: string) => boolean
}

export async function look(backups: Backups, world: World): Promise<Seen> {
  const { paths } = backups
  const [listed, catalog, since, snapshots] = await Promise.all([
    listedIn(backups, 1, world),
    readCatalog(paths.catalog),
    readText(paths.since),
    // The names of its files are those of the snapshots: to ask restic itself would cost a second each time.
    readdir(join(paths.files[0].path, 'snapshots')).catch((): string[] => []),
  ])
  const now = world.now().getTime()
  return {
    now,
    since: Date.parse(since?.trim() ?? '') || now,
    good: listed.filter(isGood),
    damaged: listed.filter((one) => !isGood(one)),
    catalog,
    hasSnapshot: (id) => snapshots.some((name) => name.startsWith(id)),
  }
}

/** A check of an instance that makes backups; one that does not claims nothing. */
export const whileEnabled =
  (check: Check<Backups>): Check<Backups> =>
  async (backups, world) => {
    if (!backups.settings.enabled) return notClaimed('backups are switched off in the configuration (backup.enabled)')
    if (!(await isDeployed(backups))) return broken(measured({ deployed: false }), notDeployed, deployThem)
    return check(backups, world)
  }

/** Between the hour of a verification and its end; only then a new one is there. A clock is set by less. */
export const graceMs = 2 * hourMs

const verifyNow = 'edge backup now, then edge backup verify; docs/runbooks/backup-failed.md goes through the causes'

/** What the newest verification saw, where it was good, young enough, and of this cluster; else why nothing is known. */
export async function verified(
  backups: Backups,
  world: World,
): Promise<{ readonly record: DrillRecord } | { readonly verdict: Verdict }> {
  const no = (because: string, facts: Parameters<typeof measured>[0] = {}) => ({
    verdict: broken(measured(facts), because, verifyNow),
  })
  const record = await backups.records.newest(recordNames.verification)
  if (!record) return no('no backup was ever verified')
  if ('damaged' in record) return no(`the record of the newest verification is damaged: ${record.damaged}`)
  const facts = { verifiedAt: record.at, took: `${roundedSeconds(record.took)} s` }
  if (record.facts['good'] !== true)
    return no(`the verification of ${record.at} failed: ${String(record.facts['because'])}`, facts)
  const other = difference(record.of, await clusterOf(backups))
  if (other !== undefined) return no(`the newest verification is of another database: ${other}`, facts)
  const age = world.now().getTime() - Date.parse(record.at)
  if (age > backup.verification.atMost.milliseconds + graceMs)
    return no(`the verification is overdue: the newest one is ${Math.floor(age / hourMs / 24)} days old`, facts)
  if (age < -graceMs) return no('the newest verification is of a time to come: the clock was set back since', facts)
  return { record }
}

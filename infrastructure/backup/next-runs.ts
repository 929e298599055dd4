import { stat } from 'node:fs/promises'
import { Cron } from 'croner'
import { inSeconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { type Backups, recordNames } from './backups.ts'
import { readCatalog, tiers } from './catalog.ts'
import { failedSince } from './figures.ts'
import { bytesOf } from './progress.ts'
import { schedules } from './schedule.ts'
import { inWords } from './verification.ts'

type Run = {
  readonly name: string
  readonly cron: string
  readonly last: string | null
  readonly next: string
  readonly took: string | null
  readonly what: string | null
  /** Since when it fails; null where the last one ended well. */
  readonly failed: string | null
}

/** When each backup and the verification were made last, and are due next. */
export async function nextRuns({ paths, records }: Backups, world: Pick<World, 'now'>): Promise<readonly Run[]> {
  const [catalog, record, failed, looked] = await Promise.all([
    readCatalog(paths.catalog),
    records.newest(recordNames.verification),
    failedSince({ paths }),
    stat(paths.folders).catch(() => undefined),
  ])
  const verified = record && 'facts' in record ? record : undefined
  const run = (name: keyof typeof schedules) => {
    const { cron, zone } = schedules[name]
    const next = new Cron(cron, { timezone: zone, paused: true }).nextRun(world.now())
    return { name, cron: `${cron} ${zone}`, next: next?.toISOString() ?? 'never' }
  }
  return [
    // Of files that have not changed none is made.
    {
      ...run('files'),
      last: looked?.mtime.toISOString() ?? null,
      took: null,
      what: null,
      failed: failed.files ?? null,
    },
    ...tiers.map((tier) => {
      const last = catalog.findLast((entry) => entry.tiers.includes(tier))
      return {
        ...run(tier),
        last: last?.at ?? null,
        took: last ? inSeconds(last.took) : null,
        what: last ? bytesOf(last.database.bytes) : null,
        failed: failed[tier] ?? null,
      }
    }),
    {
      ...run('verification'),
      last: verified?.at ?? null,
      took: verified ? inSeconds(verified.took) : null,
      what: verified
        ? verified.facts['good'] === true
          ? inWords(verified.facts)
          : String(verified.facts['because'])
        : null,
      failed: verified && verified.facts['good'] !== true ? verified.at : null,
    },
  ]
}

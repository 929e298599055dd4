import { Cron } from 'croner'
import { inSeconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { type Backups, recordNames } from './backups.ts'
import { readCatalog, tiers } from './catalog.ts'
import { bytesOf } from './listing.ts'
import { schedules } from './schedule.ts'
import { inWords } from './verification.ts'

type Run = {
  readonly name: string
  readonly cron: string
  readonly last: string | null
  readonly next: string
  readonly took: string | null
  readonly what: string | null
}

/** When each backup and the verification were made last, and are due next. */
export async function nextRuns({ paths, records }: Backups, world: World): Promise<readonly Run[]> {
  const catalog = await readCatalog(paths.catalog)
  const record = await records.newest(recordNames.verification)
  const verified = record && 'facts' in record ? record : undefined
  const run = (name: keyof typeof schedules) => {
    const { cron, zone } = schedules[name]
    const next = new Cron(cron, { timezone: zone, paused: true }).nextRun(world.now())
    return { name, cron: `${cron} ${zone}`, next: next?.toISOString() ?? 'never' }
  }
  return [
    ...tiers.map((tier) => {
      const last = catalog.findLast((entry) => entry.tiers.includes(tier))
      return {
        ...run(tier),
        last: last?.at ?? null,
        took: last ? inSeconds(last.took) : null,
        what: last ? bytesOf(last.database.bytes) : null,
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
    },
  ]
}

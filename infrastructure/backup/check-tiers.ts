import { Cron } from 'croner'
import { broken, type Check, kept, measured } from '../../src/core/check.ts'
import type { Schedule } from '../../src/core/job.ts'
import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import type { Backups } from './backups.ts'
import { begunAt, type Tier } from './catalog.ts'
import { keepOf } from './expire.ts'
import { hourMs, look, whileEnabled } from './look.ts'
import { type Keep, tiersOf } from './retention.ts'
import { schedules } from './schedule.ts'

/** From the hour of a backup to its end, and to the end of another one that it waited for. */
const graceMs = 2 * hourMs

/** Hours of a schedule between two moments, each with the one after it. */
function hoursOf({ cron, zone }: Schedule, from: number, to: number): readonly (readonly [number, number])[] {
  const job = new Cron(cron, { timezone: zone, paused: true })
  const hours: [number, number][] = []
  let at = job.nextRun(new Date(from))
  while (at && at.getTime() <= to) {
    const next = job.nextRun(at)
    if (!next) break
    hours.push([at.getTime(), next.getTime()])
    at = next
  }
  return hours
}

/** Hours at which a backup was due, and before the next of which none was made that is kept as long. */
export function missedHours(
  tier: Tier,
  good: readonly Pick<BackupInfo, 'annotation' | 'timestamp'>[],
  keep: Keep,
  { since, now }: { readonly since: number; readonly now: number },
): readonly number[] {
  const counts = good.filter((one) => tiersOf(one).some((its) => keep[its] >= keep[tier]))
  const times = counts.map(({ timestamp }) => timestamp.stop * 1000)
  return hoursOf(schedules[tier], Math.max(since, now - keep[tier]), now - graceMs)
    .filter(([hour, next]) => !times.some((time) => time >= hour && time < next))
    .map(([hour]) => hour)
}

const at = (time: number): string => new Date(time).toISOString()

const elsewhere =
  'edge backup list --from second shows what the second repository has; docs/runbooks/backup-failed.md says what to do'

/** The backups of one tier: all that were due are there, and none of those that were made has gone too early. */
export const tierCheck = (tier: Tier): Check<Backups> =>
  whileEnabled(async (backups, world) => {
    const { settings } = backups
    const seen = await look(backups, world)
    const keep = keepOf(settings)
    const made = seen.catalog.filter((entry) => entry.tiers.includes(tier) && seen.now - begunAt(entry) <= keep[tier])
    const labels = new Set(seen.good.map(({ label }) => label))
    const gone = made.find(({ database }) => !labels.has(database.labels[0] ?? ''))
    const damaged = seen.damaged.some(({ label }) => label === gone?.database.labels[0])
    const there = made.filter(({ database }) => labels.has(database.labels[0] ?? ''))
    const missed = missedHours(tier, seen.good, keep, seen)
    const facts = measured({
      backups: there.length,
      oldest: there[0]?.at ?? 'none',
      newest: there.at(-1)?.at ?? 'none',
      keptDays: keep[tier] / (24 * hourMs),
      due: `${schedules[tier].cron} ${schedules[tier].zone}`,
      missed: missed.length,
    })
    const again = `edge backup now ${tier} makes one; edge logs agent says what became of the others`
    if (gone && damaged) return broken(facts, `the ${tier} backup of ${gone.at} is damaged`, elsewhere)
    if (gone) return broken(facts, `the ${tier} backup of ${gone.at} is not in the repository any more`, again)
    const [first] = missed
    if (first !== undefined) return broken(facts, `no ${tier} backup was made at ${at(first)}`, again)
    if (there.length === 0) return broken(facts, `there is no ${tier} backup yet`, again)
    return kept(facts)
  })

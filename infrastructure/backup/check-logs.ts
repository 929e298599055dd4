import { broken, type Check, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import {
  type Archiver,
  archiverOf,
  coverage,
  isBeating,
  isFailing,
  missingAfter,
  sayMissing,
  showLogs,
} from './archive.ts'
import type { Backups } from './backups.ts'
import type { CatalogEntry } from './catalog.ts'
import { backup } from './guarantees.ts'
import { hourMs, look, verified, whileEnabled } from './look.ts'
import { refused } from './refused.ts'
import { replacedIn } from './replaced.ts'
import { isIn, type Replaced, spansOf } from './timeline.ts'

/**
 * Since when the first repository has backups of the database that is live; undefined where it has none. A copy out of the
 * second one may be of a past that the first one never had: of what came between, it owes no log.
 */
export function beginsAt(
  catalog: readonly Pick<CatalogEntry, 'at'>[],
  replaced: readonly Replaced[],
  now: number,
): number | undefined {
  const past = spansOf(replaced, now)
  return catalog.map(({ at }) => Date.parse(at)).find((at) => isIn(past, at))
}

/** The logs lie in the archive without a gap, from a backup on that is as old as what is promised. */
export const checkLogs: Check<Backups> = whileEnabled(async (backups, world) => {
  const { settings } = backups
  const [seen, state, replaced] = await Promise.all([
    look(backups, world),
    archiverOf(backups),
    replacedIn(backups.paths.catalog),
  ])
  const { oldest, segments } = await coverage(backups, seen.good, world)
  const reach = oldest ? seen.now - oldest.timestamp.stop * 1000 : 0
  const begun = beginsAt(seen.catalog, replaced, seen.now) ?? seen.now
  // An instance that is younger has all logs of its life.
  const promised = Math.min(settings.transactionLogs.keep.milliseconds, seen.now - begun)
  const facts = measured({
    reachHours: Math.round((reach / hourMs) * 10) / 10,
    segments,
    from: oldest ? new Date(oldest.timestamp.stop * 1000).toISOString() : 'none',
    lastArchived: state.archived?.toISOString() ?? 'never',
    failures: Number(state.failures),
  })
  if (isFailing(state)) {
    const { because, next } = await refused(backups, state, world)
    return broken(facts, because, next)
  }
  if (oldest && reach >= promised) return kept(facts)
  // Of the newest one that is as old as what is promised: those before it need no logs after them any more.
  const begins = seen.good.findLast(({ timestamp }) => seen.now - timestamp.stop * 1000 >= promised) ?? seen.good[0]
  const missing =
    begins?.archive.start == null ? undefined : await missingAfter(backups, world, 1, begins.archive.start)
  return broken(
    facts,
    missing ? sayMissing(missing) : 'no backup has all logs after it: a segment is missing in the archive',
    'edge backup now begins anew; edge backup list shows how far back one can go',
  )
})

/** What a total loss would take: measured by the newest restore, and by what is not archived at this moment. */
export const checkRecoveryPoint: Check<Backups> = whileEnabled(async (backups, world) => {
  const seen = await verified(backups, world)
  if ('verdict' in seen) return seen.verdict
  return judgeRecoveryPoint(seen.record, await archiverOf(backups), world.now().getTime())
})

/** By the newest restore, and by what PostgreSQL says of its archiving at this moment, in ms since 1970. */
export function judgeRecoveryPoint(record: DrillRecord, state: Archiver, at: number): Verdict {
  const notArchived = state.archived === null ? Infinity : state.heartbeat.getTime() - state.archived.getTime()
  const restored = Number(record.facts['recoveryPointSeconds'])
  const now = Math.max(0, Math.round(notArchived / 1000))
  const beat = Math.round((at - state.heartbeat.getTime()) / 1000)
  const facts = measured({
    restoredSeconds: restored,
    notArchivedSeconds: now,
    heartbeatSecondsAgo: beat,
    verifiedAt: record.at,
  })
  if (isFailing(state)) return broken(facts, 'archiving fails: each write since then would be lost', showLogs)
  const because = unmeasured(beat, record.facts)
  if (because !== undefined) return broken(facts, because, 'edge status: is the agent up? then edge backup verify')
  const bound = backup.recoveryPoint.atMost.milliseconds / 1000
  const lost = Math.max(restored, now)
  // What a record does not say is no number, and not within the bound either.
  return lost <= bound ? kept(facts) : broken(facts, `${lost} s of work would be lost`, showLogs)
}

/** Why nothing is known of what would be lost; undefined where it is measured, at this moment and by the newest restore. */
export function unmeasured(beat: number, restored: DrillRecord['facts']): string | undefined {
  if (!isBeating(beat)) return `the newest heartbeat is ${beat} s old, so what would be lost cannot be measured`
  const then = Number(restored['heartbeatSecondsAgo'] ?? 0)
  if (isBeating(then)) return undefined
  return `the newest heartbeat was ${then} s old at the newest verification, so what would be lost was not measured`
}

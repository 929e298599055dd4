import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import type { Snapshot } from '../../src/engines/restic.ts'
import { dayMs } from '../../src/core/units.ts'
import { type Tier, tiers } from './catalog.ts'

/** How long each is kept, in ms. */
export type Keep = Readonly<Record<Tier, number>> & { readonly logs: number }

/** What expires: backups by their name, oldest first; and of how many backups, the newest ones, all logs are kept. */
export type Expiry = { readonly labels: readonly string[]; readonly keepLogsOf: number }

type Recorded = Pick<BackupInfo, 'label' | 'error' | 'annotation' | 'timestamp'>

/** The tiers of a backup; one that somebody made without edge is kept like a monthly one. */
export function tiersOf({ annotation }: Pick<Recorded, 'annotation'>): readonly Tier[] {
  const named = (annotation?.['tier'] ?? '').split(',')
  const known = tiers.filter((tier) => named.includes(tier))
  return known.length > 0 ? known : ['monthly']
}

export const isGood = ({ error }: Pick<Recorded, 'error'>): boolean => error !== true

const unusualGapMs = 3 * dayMs
/** Long enough for the clock of a machine that has just started to be set right. */
const heldAfterGapMs = dayMs

/**
 * How long there was no backup before those of the last day; undefined where that is not unusual. Then the clock has jumped
 * ahead, which makes all that there is look too old, or the machine was off: a day later it is known which.
 */
export function gapBefore(made: readonly number[], now: number): number | undefined {
  const newestFirst = made.toSorted((one, other) => other - one)
  const gaps = newestFirst.map((at, index) => ({ at, gap: at - (newestFirst[index + 1] ?? at) }))
  return gaps.find(({ at, gap }) => gap > unusualGapMs && at <= now && now - at < heldAfterGapMs)?.gap
}

/**
 * What may go at a moment. Nothing goes while the newest backup is a bad one: those before it are what is left; nor for a day
 * after a long time without any. The last good one never goes, whatever its age; nor does the one from which on every second
 * of the promised logs can be reached.
 * @param sound the name of one that came back whole, where none of after it did
 */
export function expiryOf(recorded: readonly Recorded[], keep: Keep, now: number, sound?: string): Expiry {
  const newestFirst = recorded.toSorted((one, other) => other.timestamp.stop - one.timestamp.stop)
  const [newest] = newestFirst
  const made = recorded.map(({ timestamp }) => timestamp.stop * 1000)
  if (!newest || !isGood(newest) || gapBefore(made, now) !== undefined)
    return { labels: [], keepLogsOf: Math.max(1, recorded.length) }
  const isOver = (backup: Recorded): boolean => {
    const longest = Math.max(...tiersOf(backup).map((tier) => keep[tier]))
    return now - backup.timestamp.stop * 1000 > longest
  }
  const anchor = logsBeginWith(newestFirst, keep.logs, now)
  const labels = newestFirst
    .filter((backup) => backup !== newest && backup !== anchor && backup.label !== sound && isOver(backup))
    .map(({ label }) => label)
    .toReversed()
  const left = newestFirst.filter(({ label }) => !labels.includes(label))
  return { labels, keepLogsOf: logsOf(left, keep.logs, now) }
}

/**
 * The backup that the promised logs stand on: the newest good one that is older than what is promised, or the oldest good
 * one, as a young instance has all logs of its life.
 */
const logsBeginWith = (newestFirst: readonly Recorded[], keepMs: number, now: number): Recorded | undefined =>
  newestFirst.find((backup) => isGood(backup) && now - backup.timestamp.stop * 1000 >= keepMs) ??
  newestFirst.findLast(isGood)

/**
 * How many backups, from the newest on, keep all logs after them. Counting alone would not do: three backups within ten
 * minutes count as three.
 */
function logsOf(newestFirst: readonly Recorded[], keepMs: number, now: number): number {
  const anchor = logsBeginWith(newestFirst, keepMs, now)
  return anchor === undefined ? newestFirst.length : newestFirst.indexOf(anchor) + 1
}

const allLogs = 9_999_999

/** One run of `pgbackrest expire`: of a backup, or of logs alone; and of how many backups all logs are kept. */
export type ExpiryRun = { readonly label?: string; readonly keepLogsOf: number }

/**
 * The runs, the oldest backup first: one that is cut off leaves all that is newer. Logs go in the last one: a run that
 * takes a backup takes logs, too, and those that have not gone yet would count among the ones that keep theirs.
 */
export const expiryRuns = ({ labels, keepLogsOf }: Expiry): readonly ExpiryRun[] => [
  ...labels.map((label) => ({ label, keepLogsOf: allLogs })),
  { keepLogsOf },
]

/** Snapshots that are older than what is kept, but never the newest one. */
export function expiredSnapshots(
  snapshots: readonly Pick<Snapshot, 'id' | 'time'>[],
  keepMs: number,
  now: number,
): readonly string[] {
  // Their texts carry the zone of where each was made: they cannot be compared.
  const at = snapshots.map(({ time }) => Date.parse(time))
  const newest = at.reduce((latest, time) => Math.max(latest, time), -Infinity)
  return snapshots.filter((_, index) => at[index] !== newest && now - (at[index] ?? now) > keepMs).map(({ id }) => id)
}

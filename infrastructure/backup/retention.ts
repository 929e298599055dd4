import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import type { Snapshot } from '../../src/engines/restic.ts'
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

/**
 * What may go at a moment. Nothing goes while the newest backup is a bad one: those before it are what is left. The last
 * good one never goes, whatever its age.
 */
export function expiryOf(recorded: readonly Recorded[], keep: Keep, now: number): Expiry {
  const newestFirst = recorded.toSorted((one, other) => other.timestamp.stop - one.timestamp.stop)
  const [newest] = newestFirst
  if (!newest || !isGood(newest)) return { labels: [], keepLogsOf: Math.max(1, recorded.length) }
  const isOver = (backup: Recorded): boolean => {
    const longest = Math.max(...tiersOf(backup).map((tier) => keep[tier]))
    return now - backup.timestamp.stop * 1000 > longest
  }
  const labels = newestFirst
    .filter((backup) => backup !== newest && isOver(backup))
    .map(({ label }) => label)
    .toReversed()
  const left = newestFirst.filter(({ label }) => !labels.includes(label))
  return { labels, keepLogsOf: logsOf(left, keep.logs, now) }
}

/**
 * How many backups, from the newest on, keep all logs after them. The oldest of those is older than what is promised: from
 * it on every second can be reached. Counting alone would not do: three backups within ten minutes count as three.
 */
function logsOf(newestFirst: readonly Recorded[], keepMs: number, now: number): number {
  const reaches = newestFirst.findIndex((backup) => isGood(backup) && now - backup.timestamp.stop * 1000 >= keepMs)
  return reaches === -1 ? newestFirst.length : reaches + 1
}

/** Snapshots that are older than what is kept, but never the newest one. */
export function expiredSnapshots(
  snapshots: readonly Pick<Snapshot, 'id' | 'time'>[],
  keepMs: number,
  now: number,
): readonly string[] {
  const newest = snapshots.reduce<string>((latest, { time }) => (time > latest ? time : latest), '')
  return snapshots.filter(({ time }) => time !== newest && now - Date.parse(time) > keepMs).map(({ id }) => id)
}

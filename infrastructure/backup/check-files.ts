import { broken, type Check, type Facts, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { dayMs } from '../../src/core/units.ts'
import type { Backups } from './backups.ts'
import { hourMs, look, type Seen, verified, whileEnabled } from './look.ts'
import { begunAt, type TreeEntry } from './catalog.ts'
import { sayLinksOut } from './links-out.ts'
import type { BackupSettings } from './settings.ts'

const again = 'edge backup now makes another one; docs/runbooks/backup-failed.md goes through the causes'

/** A snapshot that was made within a time, and is not there any more. */
function gone(
  seen: Pick<Seen, 'now' | 'catalog' | 'hasSnapshot'>,
  within: number,
  of: (entry: Seen['catalog'][number]) => TreeEntry | undefined,
): string | undefined {
  return seen.catalog
    .filter((entry) => seen.now - begunAt(entry) <= within)
    .find((entry) => {
      const tree = of(entry)
      return tree !== undefined && !seen.hasSnapshot(tree.snapshot)
    })?.at
}

const takeIn =
  'move what it leads to into the uploads, or mount it there (mount --bind); or remove the link; then edge backup now'

/**
 * Each snapshot of the time that is kept is there, with all that lies among the uploads; and the newest verification had an
 * earlier version back.
 */
export const checkFileVersions: Check<Backups> = whileEnabled(async (backups, world) => {
  const seen = await look(backups, world)
  const keepMs = backups.settings.files.expiry.milliseconds
  const missing = gone(seen, keepMs, ({ files }) => files)
  const there = seen.catalog.filter(({ files }) => seen.hasSnapshot(files.snapshot))
  const facts = { snapshots: there.length, oldest: there[0]?.at ?? 'none', newest: there.at(-1)?.at ?? 'none' }
  if (missing !== undefined)
    return broken(measured(facts), `the snapshot of ${missing} is not in the repository`, again)
  const outside = judgeLinks(seen.catalog.at(-1), facts)
  if (outside) return outside
  const test = await verified(backups, world)
  if ('verdict' in test) return test.verdict
  return kept(
    measured({ ...facts, earlierVersion: String(test.record.facts['earlierVersion']), verifiedAt: test.record.at }),
  )
})

/** What a link leads to is among the uploads for whoever asks the site, and in no backup. */
export function judgeLinks(newest: Seen['catalog'][number] | undefined, facts: Facts): Verdict | undefined {
  const links = newest?.files.linksOut
  const says = links && sayLinksOut(links)
  return says === undefined ? undefined : broken(measured({ ...facts, linksOut: links?.count ?? 0 }), says, takeIn)
}

/** The newest verification had one of 366 days expire and one of 364 not; and none lies there that is over its time. */
export const checkExpiry: Check<Backups> = whileEnabled(async (backups, world) => {
  const seen = await look(backups, world)
  const test = await verified(backups, world)
  if ('verdict' in test) return test.verdict
  return judgeExpiry(test.record, seen, backups.settings.files.expiry.milliseconds)
})

export function judgeExpiry(
  record: DrillRecord,
  seen: Pick<Seen, 'now' | 'catalog' | 'hasSnapshot'>,
  keepMs: number,
): Verdict {
  // Expiry goes with the daily backup, and never takes the newest.
  const over = seen.catalog
    .slice(0, -1)
    .find(({ at, files }) => seen.now - Date.parse(at) > keepMs + 2 * dayMs && seen.hasSnapshot(files.snapshot))
  const { keptAtDays, expiredAtDays } = record.facts
  const facts = measured({
    thereAtDays: Number(keptAtDays),
    goneAtDays: Number(expiredAtDays),
    verifiedAt: record.at,
  })
  return over ? broken(facts, `the snapshot of ${over.at} has not expired`, again) : kept(facts)
}

/** Exports of the application's state: each of the time that is kept is there, and the newest is young. */
export const checkStateDaily: Check<Backups> = whileEnabled(async (backups, world) =>
  judgeStateDaily(await look(backups, world), backups.settings.applicationState),
)

export function judgeStateDaily(
  seen: Pick<Seen, 'now' | 'catalog' | 'hasSnapshot'>,
  { schema, keep }: BackupSettings['applicationState'],
): Verdict {
  const newest = seen.catalog.at(-1)
  if (newest && !newest.state) return notClaimed(`the database has no schema ${schema}`)
  const keepMs = keep.milliseconds
  const missing = gone(seen, keepMs, ({ state }) => state)
  const there = seen.catalog.filter(({ state }) => state !== undefined && seen.hasSnapshot(state.snapshot))
  const age = newest ? seen.now - Date.parse(newest.at) : Infinity
  const facts = measured({
    exports: there.length,
    oldest: there[0]?.at ?? 'none',
    newest: there.at(-1)?.at ?? 'none',
    keptDays: keepMs / dayMs,
  })
  if (missing !== undefined) return broken(facts, `the export of ${missing} is not in the repository`, again)
  if (age > dayMs + 2 * hourMs) return broken(facts, 'no export was made for more than a day', again)
  return kept(facts)
}

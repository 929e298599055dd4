import { broken, type Check, type Facts, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import type { Damaged, DrillRecord } from '../../src/core/record.ts'
import { type Backups, recordNames } from './backups.ts'
import { backup } from './guarantees.ts'
import { isRead } from './read-repositories.ts'
import { problemsInWords, verifyDeep } from './verify-every.ts'
import { graceMs, hourMs, look, type Seen, verified, whileEnabled } from './look.ts'

/** A check of what the newest good verification saw. */
const ofRecord = (judge: (record: DrillRecord, backups: Backups) => Verdict): Check<Backups> =>
  whileEnabled(async (backups, world) => {
    const seen = await verified(backups, world)
    return 'verdict' in seen ? seen.verdict : judge(seen.record, backups)
  })

/** Numbers of a record, by their names. */
const picked = ({ facts, at }: DrillRecord, names: readonly string[]): Facts => ({
  ...Object.fromEntries(names.map((name) => [name, Number(facts[name] ?? 0)])),
  verifiedAt: at,
})

/** What each backup notes the number of, and by which name a record has that. */
const noted: Readonly<Record<string, string>> = { tables: 'notedTables', rows: 'notedRows' }

/**
 * The first of these of which none was looked at, though there is some. A static site has no table: none is right where
 * none was noted. A record of an earlier version says nothing of that.
 */
export const nothing = ({ facts }: Pick<DrillRecord, 'facts'>, names: readonly string[]): string | undefined =>
  names.find((name) => Number(facts[name] ?? 0) === 0 && facts[noted[name] ?? ''] !== 0)

/** All of these were looked at, and more than none of each that there is. */
function judgeLooked(record: DrillRecord, names: readonly string[]): Verdict {
  const facts = measured(picked(record, names))
  const none = nothing(record, names)
  return none === undefined ? kept(facts) : broken(facts, `nothing was compared: ${none}`, 'edge backup verify')
}

/** Nor was anything left out: of a backup without fingerprints no table can be compared. */
export function judgeCompared(record: DrillRecord, names: readonly string[]): Verdict {
  const left = record.facts['notCompared']
  if (left === undefined) return judgeLooked(record, names)
  return broken(measured(picked(record, names)), `not compared: ${left}`, 'edge backup now, then edge backup verify')
}

const looked = (names: readonly string[]): Check<Backups> => ofRecord((record) => judgeLooked(record, names))
const compared = (names: readonly string[]): Check<Backups> => ofRecord((record) => judgeCompared(record, names))

const readWhole = ['objects', 'pages', 'files', 'backupsRead', 'segmentsRead'] as const

/** All of both repositories was read: a second one that nobody opened may be rotten when the first one is lost. */
export function judgeVerification(record: DrillRecord): Verdict {
  const second = String(record.facts['secondRepository'] ?? 'by no verification yet')
  const facts = measured({ ...picked(record, readWhole), secondRepository: second })
  const judged = judgeCompared(record, readWhole)
  if (judged.is !== 'kept') return judged
  if (second === isRead) return kept(facts)
  return broken(facts, `the second repository was not read: ${second}`, 'is it mounted? then edge backup verify')
}

/** Every backup: brought back when somebody asks for it. What was found then stands until that is asked for again. */
export function judgeEvery(judged: Verdict, every: DrillRecord | Damaged | undefined): Verdict {
  if (judged.is !== 'kept') return judged
  if (every && 'damaged' in every)
    return broken(
      measured({ ...judged.evidence.facts, everyBackupAt: 'unknown' }),
      `the record of every backup is damaged: ${every.damaged}`,
      verifyDeep,
    )
  const bare = Number(every?.facts['withoutFiles'] ?? 0)
  const facts = measured({
    ...judged.evidence.facts,
    everyBackupAt: every?.at ?? 'never',
    ...(bare === 0 ? {} : { ofWhichWithoutFiles: bare }),
  })
  if (every?.facts['good'] !== false) return kept(facts)
  return broken(facts, `not every backup came back at ${every.at}: ${problemsInWords(every.facts)}`, verifyDeep)
}

export const checkVerification: Check<Backups> = whileEnabled(async (backups, world) => {
  const seen = await verified(backups, world)
  if ('verdict' in seen) return seen.verdict
  const every = await backups.records.newest(recordNames.deep, seen.record.of)
  return judgeEvery(judgeVerification(seen.record), every)
})

export const checkRestoreTest = compared(['tables', 'rows', 'files'])
/** By the marker rows, which every backup has. */
export const checkPointInTime = looked(['tables', 'rows'])

export const checkStatePointInTime: Check<Backups> = ofRecord((record, { settings }) =>
  Number(record.facts['stateTables']) > 0
    ? kept(measured(picked(record, ['stateTables'])))
    : notClaimed(`the database has no schema ${settings.applicationState.schema}`),
)

export const judgeRecoveryTime = (record: DrillRecord): Verdict => {
  const facts = measured(picked(record, ['recoverySeconds']))
  const bound = backup.recoveryTime.atMost.milliseconds / 1000
  const took = Number(record.facts['recoverySeconds'])
  return took <= bound ? kept(facts) : broken(facts, `a restore took ${took} s`, 'is the disk of the repository slow?')
}

export const checkRecoveryTime: Check<Backups> = ofRecord(judgeRecoveryTime)

/** The message of the newest verification lies in the operator's inbox, which `edge status` shows. */
export const checkNotification: Check<Backups> = whileEnabled(async ({ inbox, records }) => {
  const record = await records.newest('backup-verification')
  if (!record || 'damaged' in record) return broken(measured({}), 'no backup was ever verified', 'edge backup verify')
  const told = (await inbox.newest(1000)).find(({ id, at }) => id === backup.verification.id && at === record.at)
  const facts = measured({ verifiedAt: record.at, says: told?.says ?? 'nothing' })
  if (told) return kept(facts)
  return broken(facts, 'nobody was told the result of the newest verification', 'edge backup verify tells it anew')
})

/** The newest good backup of the database, and of the files beside it. */
export const checkFreshness: Check<Backups> = whileEnabled(async (backups, world) =>
  judgeFreshness(await look(backups, world)),
)

export function judgeFreshness(seen: Pick<Seen, 'now' | 'good' | 'catalog' | 'hasSnapshot'>): Verdict {
  const bound = backup.freshness.atMost.milliseconds
  const stop = (seen.good.at(-1)?.timestamp.stop ?? 0) * 1000
  const files = Date.parse(seen.catalog.findLast((entry) => seen.hasSnapshot(entry.files.snapshot))?.at ?? '') || 0
  const oldest = Math.min(stop, files)
  const facts = measured({
    database: stop === 0 ? 'none' : new Date(stop).toISOString(),
    files: files === 0 ? 'none' : new Date(files).toISOString(),
    ageHours: oldest === 0 ? -1 : Math.round(((seen.now - oldest) / hourMs) * 10) / 10,
  })
  const again = 'edge backup now makes one; edge logs agent says what became of the last one'
  if (stop === 0) return broken(facts, 'there is no good backup of the database', again)
  if (files === 0) return broken(facts, 'there is no backup of the files', again)
  // As long as the clock is behind it, no backup is made, and this one would never grow old.
  const isToCome = Math.max(stop, files) - seen.now > graceMs
  if (isToCome) return broken(facts, 'the newest backup is of a time to come: the clock was set back since', again)
  return seen.now - oldest <= bound ? kept(facts) : broken(facts, 'the newest good backup is too old', again)
}

import { describe, expect, it, test } from 'vitest'
import { type Facts, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { dayMs } from '../../src/core/units.ts'
import type { BackupInfo } from '../../src/engines/pgbackrest.ts'
import type { CatalogEntry } from './catalog.ts'
import { lost } from './check-elsewhere.ts'
import { fileSystemOf } from './file-system.ts'
import { judgeSeals } from './check-encryption.ts'
import { judgeExpiry, judgeStateDaily } from './check-files.ts'
import { beginsAt, judgeRecoveryPoint, unmeasured } from './check-logs.ts'
import {
  judgeCompared,
  judgeEvery,
  judgeFreshness,
  judgeRecoveryTime,
  judgeVerification,
  nothing,
} from './check-verification.ts'
import { fingerprintDifference, held } from './fingerprints.ts'
import { missedHours } from './check-tiers.ts'
import { backupSettings } from './settings.ts'

const hourMs = 3_600_000
const keep = { daily: 7 * dayMs, weekly: 30 * dayMs, monthly: 90 * dayMs, logs: dayMs }
const since = Date.parse('2026-11-23T12:00:00Z')
const now = Date.parse('2026-11-27T12:00:00Z')
const made = (at: string, tier = 'daily') => ({
  annotation: { tier },
  timestamp: { start: 0, stop: Date.parse(at) / 1000 },
})

describe('the backups that were due', () => {
  const four = ['24', '25', '26', '27'].map((day) => made(`2026-11-${day}T03:01:00Z`))

  it('are all there', () => {
    expect(missedHours('daily', four, keep, { since, now })).toEqual([])
  })

  it('are none on an instance of today', () => {
    expect(missedHours('daily', [], keep, { since: now - hourMs, now })).toEqual([])
  })

  it('are missed where one day has none', () => {
    const without = four.toSpliced(1, 1)
    expect(missedHours('daily', without, keep, { since, now }).map((at) => new Date(at).toISOString())).toEqual([
      '2026-11-25T03:00:00.000Z',
    ])
  })

  it('may have been made late, where the machine slept at their hour', () => {
    expect(missedHours('daily', four.with(1, made('2026-11-25T20:00:00Z')), keep, { since, now })).toEqual([])
  })

  it('are not asked for while they are still being made', () => {
    const early = Date.parse('2026-11-27T03:30:00Z')
    expect(missedHours('daily', four.slice(0, 3), keep, { since, now: early })).toEqual([])
  })

  it('are also those that are kept longer', () => {
    expect(missedHours('daily', four.with(0, made('2026-11-24T03:01:00Z', 'monthly')), keep, { since, now })).toEqual(
      [],
    )
    expect(missedHours('monthly', four, keep, { since: since - 40 * dayMs, now })).toHaveLength(1)
  })
})

test.each([
  [5, { heartbeatSecondsAgo: 5 }, undefined],
  [5, {}, undefined],
  [86_400, { heartbeatSecondsAgo: 5 }, 'the newest heartbeat is 86400 s old, so what would be lost cannot be measured'],
  [
    5,
    { heartbeatSecondsAgo: 86_400 },
    'the newest heartbeat was 86400 s old at the newest verification, so what would be lost was not measured',
  ],
])('a heartbeat of %s s ago, and %j at the restore, measure what would be lost, or do not: %s', (beat, facts, says) => {
  expect(unmeasured(beat, facts)).toBe(says)
})

const backups = [10, 20, 60, 120].map((at) => ({ at: new Date(at).toISOString() }))

test.each([
  ['the first one, where nothing was replaced', [], 10],
  ['the first one, by a restore to after it', [{ to: 50, at: 100, from: 1 }], 10],
  ['the first one of after a restore to before all of them', [{ to: 5, at: 100, from: 1 }], 120],
  [
    'the first one that no later restore took away',
    [
      { to: 15, at: 18, from: 1 },
      { to: 70, at: 100, from: 2 },
      { to: 65, at: 110, from: 3 },
    ],
    10,
  ],
])('the logs of the live database are owed since %s', (_, replaced, at) => {
  expect(beginsAt(backups, replaced, 200)).toBe(at)
})

test('no log is owed where a restore took every backup away', () => {
  expect(beginsAt(backups, [{ to: 5, at: 150, from: 1 }], 200)).toBeUndefined()
})

test('a path lies on the mount that is nearest to it', () => {
  const mounts = '/dev/sda1 / ext4 rw 0 0\nbackup:/x /mnt/backup nfs4 rw 0 0\nnone /mnt tmpfs rw 0 0\n'
  expect(['/var', '/mnt/backup/app', '/mnt/backups'].map((path) => fileSystemOf(path, mounts))).toEqual([
    'ext4',
    'nfs4',
    'tmpfs',
  ])
})

test.each([
  ['nfs4', ['nfs4', 'nfs4'], undefined],
  ['ext4', ['ext4'], undefined],
  ['ext4', [], undefined],
  ['ext4', ['nfs4'], '/mnt/backup was on nfs4, and is on ext4 now'],
])('a second repository on %s that lay on %j is lost: %s', (kind, before, because) => {
  expect(lost('/mnt/backup', kind, before)).toBe(because)
})

describe('a database without a table', () => {
  const names = ['tables', 'rows', 'files']

  it('is restored as it was where none was noted', () => {
    expect(fingerprintDifference({}, {})).toBeUndefined()
    expect(nothing({ facts: { tables: 0, rows: 0, notedTables: 0, notedRows: 0, files: 5 } }, names)).toBeUndefined()
  })

  it('is not what came back where there were some', () => {
    expect(fingerprintDifference({ 'public.a': { rows: 0, sum: '0' } }, {})).toBe('public.a is missing')
    expect(nothing({ facts: { tables: 0, rows: 0, notedTables: 3, notedRows: 9, files: 5 } }, names)).toBe('tables')
    expect(nothing({ facts: { tables: 0, rows: 0, files: 5 } }, names)).toBe('tables')
    expect(nothing({ facts: { tables: 1, rows: 0, notedTables: 1, notedRows: 0, files: 0 } }, names)).toBe('files')
  })
})

test('a backup whose tables could not be noted is not taken for one that was compared', () => {
  const facts = {
    good: true,
    tables: 3,
    rows: 9,
    files: 5,
    notCompared: `the tables: ${held.says('VACUUM of postgres (pid 7)')}`,
  }
  const record = { drill: 'backup-verification', at: '2026-11-28T06:00:00.000Z', took: 1, of: {}, facts }
  expect(judgeCompared(record, ['tables', 'rows', 'files'])).toMatchObject({
    is: 'broken',
    because: expect.stringContaining('VACUUM of postgres (pid 7) kept a table for longer than 30 s'),
  })
  const { notCompared: _, ...all } = facts
  expect(judgeCompared({ ...record, facts: all }, ['tables', 'rows', 'files']).is).toBe('kept')
})

test.each([
  ['read', 'kept'],
  ['repository 2 is not there', 'broken'],
  // A record of an earlier version.
  [undefined, 'broken'],
])('a verification whose second repository is "%s" is %s', (second, is) => {
  const counted = { objects: 5, pages: 5, files: 5, backupsRead: 1, segmentsRead: 1 }
  const facts = { ...counted, ...(second === undefined ? {} : { secondRepository: second }) }
  const record = { drill: 'backup-verification', at: '2026-11-28T06:00:00.000Z', took: 1, of: {}, facts }
  expect(judgeVerification(record).is).toBe(is)
})

test.each<[string, Facts | undefined, string]>([
  ['never was', undefined, 'kept'],
  ['came back', { good: true }, 'kept'],
  [
    'did not come back',
    { good: false, because: 'A in the first repository: no log', problems: 3 },
    'not every backup came back at 2026-11-27T06:00:00.000Z: A in the first repository: no log; and 2 more',
  ],
])('a good verification, where every backup %s: %s', (_, facts, says) => {
  const good = kept(measured({ backupsRead: 1 }))
  const judged = judgeEvery(good, facts && saw(facts))
  expect(said(judged)).toBe(says)
  const everyBackupAt = facts === undefined ? 'never' : '2026-11-27T06:00:00.000Z'
  expect(said(judged) === 'kept' ? judged : undefined).toEqual(
    says === 'kept' ? kept(measured({ backupsRead: 1, everyBackupAt })) : undefined,
  )
})

test('a record of every backup that cannot be read is named, and stands for none', () => {
  const judged = judgeEvery(kept(measured({ backupsRead: 1 })), { damaged: '/records/backup-every/1.json' })
  expect(said(judged)).toBe('the record of every backup is damaged: /records/backup-every/1.json')
})

/** The record of a verification that saw this. */
const saw = (facts: Facts): DrillRecord => ({
  drill: 'backup-verification',
  at: '2026-11-27T06:00:00.000Z',
  took: 1,
  of: {},
  facts: { good: true, ...facts },
})
/** What a verdict comes to, in words. */
const said = (verdict: Verdict): string => (verdict.is === 'broken' ? verdict.because : verdict.is)

test.each([
  [900, 'kept'],
  [900.1, 'a restore took 900.1 s'],
  [undefined, 'a restore took NaN s'],
])('a restore that answered after %s s: %s', (recoverySeconds, says) => {
  expect(said(judgeRecoveryTime(saw(recoverySeconds === undefined ? {} : { recoverySeconds })))).toBe(says)
})

type Loss = {
  readonly restored: number
  readonly archivedAgo?: number
  readonly failedAgo?: number
  readonly beatAgo?: number
}
test.each<[string, Loss, string]>([
  ['nothing that is too much', { restored: 120, archivedAgo: 120 }, 'kept'],
  ['too much by the restore', { restored: 121, archivedAgo: 5 }, '121 s of work would be lost'],
  ['too much by what is not archived', { restored: 5, archivedAgo: 121 }, '121 s of work would be lost'],
  ['a record that says nothing of it', { restored: NaN, archivedAgo: 5 }, 'NaN s of work would be lost'],
  ['nothing archived ever', { restored: 5 }, 'Infinity s of work would be lost'],
  [
    'archiving that fails',
    { restored: 5, archivedAgo: 5, failedAgo: 1 },
    'archiving fails: each write since then would be lost',
  ],
  [
    'no heartbeat',
    { restored: 5, archivedAgo: 5, beatAgo: 61 },
    'the newest heartbeat is 61 s old, so what would be lost cannot be measured',
  ],
])('of a loss: %s', (_, { restored, archivedAgo, failedAgo, beatAgo = 0 }, says) => {
  const ago = (seconds: number) => new Date(now - seconds * 1000)
  const archiver = {
    // Both are asked in one moment.
    archived: archivedAgo === undefined ? null : ago(archivedAgo),
    failed: failedAgo === undefined ? null : ago(failedAgo),
    failures: '0',
    wal: null,
    heartbeat: ago(beatAgo),
  }
  expect(said(judgeRecoveryPoint(saw({ recoveryPointSeconds: restored }), archiver, now))).toBe(says)
})

const entryAt = (at: number, state = true): CatalogEntry => {
  const tree = { snapshot: 'one', paths: [], files: 1, bytes: 1, hashes: {} }
  const database = {
    labels: ['one'],
    bytes: 1,
    major: 15,
    collation: 'C',
    architecture: 'x86_64',
    recovery: {},
    point: '',
    markers: { before: '', after: '' },
    sumsBy: 'bytes' as const,
  }
  const more = state ? { state: tree } : {}
  return { number: 1, at: new Date(at).toISOString(), tiers: ['daily'], took: 1, database, files: tree, ...more }
}
const listedAt = (at: number): BackupInfo => ({
  label: 'one',
  type: 'full',
  archive: { start: null, stop: null },
  timestamp: { start: at / 1000, stop: at / 1000 },
  info: { size: 1, repository: { delta: 1 } },
})

test.each([
  [26, 26, true, 'kept'],
  [26.1, 1, true, 'the newest good backup is too old'],
  [1, 26.1, true, 'the newest good backup is too old'],
  [1, 1, false, 'there is no backup of the files'],
  [undefined, 1, true, 'there is no good backup of the database'],
  [-2, 1, true, 'kept'],
  [-48, 1, true, 'the newest backup is of a time to come: the clock was set back since'],
  [1, -48, true, 'the newest backup is of a time to come: the clock was set back since'],
])('a backup of %s hours ago, of the files %s (there: %s): %s', (database, files, isThere, says) => {
  const good = database === undefined ? [] : [listedAt(now - database * hourMs)]
  const catalog = [entryAt(now - files * hourMs)]
  expect(said(judgeFreshness({ now, good, catalog, hasSnapshot: () => isThere }))).toBe(says)
})

test.each([
  [367, true, 'kept'],
  [367.1, true, 'the snapshot of'],
  [367.1, false, 'kept'],
])('a snapshot of %s days ago (there: %s): %s', (days, isThere, says) => {
  const catalog = [entryAt(now - days * dayMs), entryAt(now)]
  const seen = { now, catalog, hasSnapshot: () => isThere }
  const judged = said(judgeExpiry(saw({ keptAtDays: 364, expiredAtDays: 366 }), seen, 365 * dayMs))
  expect(judged.slice(0, says.length)).toBe(says)
  // The newest one never goes.
  expect(said(judgeExpiry(saw({}), { ...seen, catalog: catalog.slice(0, 1) }, 365 * dayMs))).toBe('kept')
})

test.each([
  [26, true, true, 'kept'],
  [26.1, true, true, 'no export was made for more than a day'],
  [1, true, false, 'the export of'],
  [1, false, true, 'notClaimed'],
])('an export of the state of %s hours ago (made: %s, there: %s): %s', (hours, isMade, isThere, says) => {
  const seen = { now, catalog: [entryAt(now - hours * hourMs, isMade)], hasSnapshot: () => isThere }
  const judged = said(judgeStateDaily(seen, backupSettings.parse({}).applicationState))
  expect(judged.slice(0, says.length)).toBe(says)
})

test('what a backup is made of is older than the backup, and may be gone before that is over its time', () => {
  const keepMs = backupSettings.parse({}).applicationState.keep.milliseconds
  const saidOf = (madeAgoMs: number) => {
    const long = { ...entryAt(now - madeAgoMs), took: hourMs, state: { ...entryAt(now).files, snapshot: 'gone' } }
    const seen = { now, catalog: [long, entryAt(now)], hasSnapshot: (id: string) => id === 'one' }
    return said(judgeStateDaily(seen, backupSettings.parse({}).applicationState))
  }
  expect(saidOf(keepMs - hourMs + 1)).toBe('kept')
  expect(saidOf(keepMs - hourMs)).toContain('the export of')
})

test('no export of the state was made where no backup was', () => {
  const seen = { now, catalog: [], hasSnapshot: () => true }
  expect(said(judgeStateDaily(seen, backupSettings.parse({}).applicationState))).toBe(
    'no export was made for more than a day',
  )
})

const sealed = { withKey: true, without: false, looked: 5, found: [] }
test.each([
  ['both are sealed', {}, undefined, 'kept'],
  ['one opens with any key', { without: true }, undefined, 'a repository opens with any key'],
  ['one does not open with its key', { withKey: false }, undefined, 'a repository does not open with its own key'],
  ['one has a file that is not', { found: ['/x'] }, undefined, '/x lies in the repository and is not encrypted'],
  ['one has the key beside it', {}, '/key', 'the key lies in the repository that it opens: /key'],
])('of two repositories %s: %s', (_, other, beside, says) => {
  expect(said(judgeSeals([sealed, { ...sealed, ...other }], beside))).toBe(says)
})

test('of a repository without a file nothing is known', () => {
  expect(said(judgeSeals([{ ...sealed, looked: 0 }], undefined))).toBe('there is nothing to look at')
})

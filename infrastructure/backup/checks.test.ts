import { describe, expect, it, test } from 'vitest'
import { lost } from './check-elsewhere.ts'
import { fileSystemOf } from './file-system.ts'
import { beginsAt, unmeasured } from './check-logs.ts'
import { judgeCompared, judgeVerification, nothing } from './check-verification.ts'
import { fingerprintDifference, held } from './fingerprints.ts'
import { missedHours } from './check-tiers.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
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
  const facts = { good: true, tables: 3, rows: 9, files: 5, notCompared: `the tables: ${held.says}` }
  const record = { drill: 'backup-verification', at: '2026-11-28T06:00:00.000Z', took: 1, of: {}, facts }
  expect(judgeCompared(record, ['tables', 'rows', 'files'])).toMatchObject({
    is: 'broken',
    because: expect.stringContaining('a transaction wrote for longer than 30 s'),
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

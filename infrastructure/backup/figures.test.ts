import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Damaged, DrillRecord } from '../../src/core/record.ts'
import { makePrivateDirectory, writeAtomically } from '../../src/targets/local/files.ts'
import { type Backups, recordNames } from './backups.ts'
import { writeEntry } from './catalog.ts'
import { archivingTold, areFiguresTold, figuresText, tellFailed, tellFigures, tellMade } from './figures.ts'
import { backupSettings } from './settings.ts'
import { never, testBackups, testEntry } from './proofs/test-backups.ts'

let state: string
let record: DrillRecord | undefined
let every: DrillRecord | Damaged | undefined
let backups: Backups
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-figures-'))
  record = undefined
  every = undefined
  backups = testBackups(state, {
    records: { newest: async (drill) => (drill === recordNames.deep ? every : record), keep: never },
  })
  await makePrivateDirectory(dirname(backups.paths.since))
  await writeAtomically(backups.paths.since, '2026-01-01T00:00:00.000Z\n')
})
afterEach(() => rm(state, { recursive: true, force: true }))

const made = (number: number, at: string, bytes: number) =>
  writeEntry(backups.paths.catalog, testEntry(number, at, bytes))

/** The figures as Prometheus reads them, without their explanations. */
const told = async () =>
  (await readFile(backups.paths.figures, 'utf8')).split('\n').filter((line) => /^[^#]/.test(line))

test('renders what Prometheus reads', async () => {
  const failed = { daily: false, files: true, verification: false }
  const text = figuresText({
    newest: 1_767_225_600,
    verified: 1_767_139_200,
    failed,
    made: { ratio: 1.01, seconds: 42 },
  })
  await expect(text).toMatchFileSnapshot('golden/backup.prom')
})

test('counts the age from the beginning of backups where none was made yet', async () => {
  await tellFigures(backups)
  expect(await told()).toEqual([
    'edge_backup_failed{what="daily"} 0',
    'edge_backup_failed{what="weekly"} 0',
    'edge_backup_failed{what="monthly"} 0',
    'edge_backup_failed{what="files"} 0',
    'edge_backup_failed{what="copy"} 0',
    'edge_backup_failed{what="filesCopy"} 0',
    'edge_backup_failed{what="verification"} 0',
    'edge_backup_newest_seconds 1767225600',
    'edge_backup_verified_seconds 1767225600',
  ])
})

test('tells of the newest backup, and its size as times those before it', async () => {
  await made(1, '2026-01-02T03:00:00.000Z', 1000)
  await made(2, '2026-01-03T03:00:00.000Z', 400)
  await tellFigures(backups)
  expect(await told()).toEqual(
    expect.arrayContaining([
      'edge_backup_newest_seconds 1767409200',
      'edge_backup_size_ratio 0.4',
      'edge_backup_duration_seconds 2.5',
    ]),
  )
})

test('a backup that failed rings until one of its kind ends well', async () => {
  await tellFailed(backups, ['weekly'], new Date())
  await tellMade(backups, ['files', 'daily'])
  expect(await told()).toContain('edge_backup_failed{what="weekly"} 1')
  await tellMade(backups, ['weekly', 'daily'])
  expect(await told()).toContain('edge_backup_failed{what="weekly"} 0')
})

test('one that failed by an earlier version rings until a backup ends well', async () => {
  await makePrivateDirectory(backups.paths.failed)
  await writeAtomically(join(backups.paths.failed, 'backup'), '2026-01-02T03:00:00.000Z\n')
  await tellMade(backups, ['files'])
  expect(await told()).toContain('edge_backup_failed{what="daily"} 1')
  await tellMade(backups, ['daily'])
  expect(await told()).toContain('edge_backup_failed{what="daily"} 0')
})

test.each([
  ['not as it was written', 1],
  ['read', 0],
  // A record of an earlier version.
  [undefined, 0],
])('a good verification whose second repository was %s rings: %s', async (second, rings) => {
  const facts = { good: true, ...(second === undefined ? {} : { secondRepository: second }) }
  record = { drill: 'backup-verification', at: '2026-01-03T06:00:00.000Z', took: 1, of: {}, facts }
  await tellFigures(backups)
  expect(await told()).toContain(`edge_backup_failed{what="verification"} ${rings}`)
})

test('a backup that did not come back when each was tried rings, though the newest one is good', async () => {
  const at = '2026-01-03T06:00:00.000Z'
  record = { drill: 'backup-verification', at, took: 1, of: {}, facts: { good: true, secondRepository: 'read' } }
  every = { drill: recordNames.deep, at, took: 1, of: {}, facts: { good: false, because: 'its log is gone' } }
  await tellFigures(backups)
  expect(await told()).toContain('edge_backup_failed{what="verification"} 1')
  every = { drill: recordNames.deep, at, took: 1, of: {}, facts: { good: true } }
  await tellFigures(backups)
  expect(await told()).toContain('edge_backup_failed{what="verification"} 0')
  every = { damaged: '/records/backup-every/1.json' }
  await tellFigures(backups)
  expect(await told()).toContain('edge_backup_failed{what="verification"} 1')
})

test('the agent tells by the same figure that the log is not archived, as long as backups are on', async () => {
  const [tell] = archivingTold(backups)
  await tellFigures(backups)
  const head = (text: string) => text.split('\n').slice(0, 2)
  // Prometheus's node exporter refuses two explanations of one figure.
  expect(head(tell?.yes ?? '')).toEqual(head(await readFile(backups.paths.figures, 'utf8')))
  expect(tell).toMatchObject({
    afterMs: 120_000,
    file: join(dirname(backups.paths.figures), 'archiving.prom'),
    yes: expect.stringContaining('\nedge_backup_failed{what="log"} 1\n'),
    no: expect.stringContaining('\nedge_backup_failed{what="log"} 0\n'),
  })
  expect(archivingTold({ ...backups, settings: backupSettings.parse({ enabled: false }) })).toEqual([])
})

test('a verification that failed rings, though it ended in time', async () => {
  const at = '2026-01-03T06:00:00.000Z'
  record = { drill: 'backup-verification', at, took: 1, of: {}, facts: { good: false, because: 'a row is missing' } }
  await tellFigures(backups)
  expect(await told()).toEqual(
    expect.arrayContaining(['edge_backup_failed{what="verification"} 1', 'edge_backup_verified_seconds 1767420000']),
  )
})

test('figures that are gone, or another time’s, are written again by the next deployment', async () => {
  expect(await areFiguresTold(backups)).toBe(false)
  await tellFigures(backups)
  expect(await areFiguresTold(backups)).toBe(true)
  await made(1, '2026-01-02T03:00:00.000Z', 1000)
  expect(await areFiguresTold(backups)).toBe(false)
})

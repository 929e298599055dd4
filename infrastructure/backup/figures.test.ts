import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DrillRecord } from '../../src/core/record.ts'
import { makePrivateDirectory, writeAtomically } from '../../src/targets/local/files.ts'
import { duration } from '../../src/core/units.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import type { Backups } from './backups.ts'
import { writeEntry } from './catalog.ts'
import { areFiguresTold, figuresText, tellFailed, tellFigures, tellMade } from './figures.ts'
import { backupPaths } from './paths.ts'
import { backupSettings } from './settings.ts'

let state: string
let record: DrillRecord | undefined
let backups: Backups
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-figures-'))
  record = undefined
  const settings = backupSettings.parse({})
  const never = () => Promise.reject(new Error('nobody asks for it'))
  const address = { host: '', port: 0, database: '', user: '', password: '', ca: '' }
  backups = {
    state,
    settings,
    paths: backupPaths({ ...exampleInstance, state }, settings),
    database: {
      leader: never,
      edge: address,
      replaceable: {
        members: [],
        dataOf: () => '',
        passwords: {},
        stop: never,
        forget: never,
        leads: () => Promise.resolve(undefined),
        noteLosses: () => Promise.resolve(),
      },
    },
    folders: [],
    records: { newest: async () => record, keep: never },
    bounds: { size: [0.5, 2], duration: duration('1 hour') },
    inbox: { put: never, newest: never },
  }
  await makePrivateDirectory(dirname(backups.paths.since))
  await writeAtomically(backups.paths.since, '2026-01-01T00:00:00.000Z\n')
})
afterEach(() => rm(state, { recursive: true, force: true }))

const made = (number: number, at: string, bytes: number) =>
  writeEntry(backups.paths.catalog, {
    number,
    at,
    tiers: ['daily'],
    took: 2500,
    database: {
      labels: ['one'],
      bytes,
      major: 15,
      collation: 'C',
      architecture: 'x86_64',
      recovery: {},
      point: at,
      markers: { before: '', after: '' },
      fingerprints: {},
      sumsBy: 'bytes',
    },
    files: { snapshot: 'one', paths: [], files: 0, bytes: 0, hashes: {} },
  })

/** The figures as Prometheus reads them, without their explanations. */
const told = async () =>
  (await readFile(backups.paths.figures, 'utf8')).split('\n').filter((line) => /^[^#]/.test(line))

test('renders what Prometheus reads', async () => {
  const failed = { backup: false, files: true, verification: false }
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
    'edge_backup_failed{what="backup"} 0',
    'edge_backup_failed{what="files"} 0',
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
  await tellFailed(backups, 'backup', new Date())
  await tellMade(backups, ['files'])
  expect(await told()).toContain('edge_backup_failed{what="backup"} 1')
  await tellMade(backups, ['backup', 'files'])
  expect(await told()).toContain('edge_backup_failed{what="backup"} 0')
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

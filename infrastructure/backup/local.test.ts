import { expect, test } from 'vitest'
import { pgbackrestConfiguration } from '../../src/engines/pgbackrest.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { archiveParameters, backupPaths } from './paths.ts'
import { backupJobs } from './schedule.ts'
import { backupSettings } from './settings.ts'

const settings = backupSettings.parse({})
const off = backupSettings.parse({ enabled: false })
const paths = backupPaths(exampleInstance, settings)

test('renders pgbackrest.conf', async () => {
  await expect(pgbackrestConfiguration(paths.database, paths.files[0].key)).toMatchFileSnapshot(
    'golden/pgbackrest.conf',
  )
})

test('puts its repositories where the configuration says', () => {
  const elsewhere = backupPaths(exampleInstance, backupSettings.parse({ secondRepository: '/mnt/backup' }))
  expect([elsewhere.database.repositories[1], elsewhere.files[1].path]).toEqual([
    '/mnt/backup/database',
    '/mnt/backup/files',
  ])
})

test('archives by a command that holds no secret, on whichever member leads', () => {
  const { archive_command: command } = archiveParameters(exampleInstance, settings)
  expect(command).toContain('--pg1-path="$PWD"')
  expect(Object.values(exampleInstance.secrets).filter((secret) => String(command).includes(secret))).toEqual([])
})

test('does nothing where backups are switched off', () => {
  expect([archiveParameters(exampleInstance, off), backupJobs(off)]).toEqual([{}, []])
})

test('has a job for what changes within a day, for each backup and for the verification, with its zone', () => {
  const jobs = backupJobs(settings)
  expect(jobs.map(({ schedule }) => `${schedule.cron} ${schedule.zone}`)).toEqual([
    '30 * * * * UTC',
    '0 3 * * * UTC',
    '0 2 * * 0 UTC',
    '0 1 1 * * UTC',
    '0 6 * * 6 UTC',
  ])
  expect(jobs.slice(1).every(({ catchUp }) => catchUp)).toBe(true)
})

test('refuses logs that are to be kept longer than any backup that they begin with', () => {
  const wanted = { daily: { keep: '2 days' }, weekly: { keep: '3 days' }, monthly: { keep: '4 days' } } as const
  const refused = backupSettings.safeParse({ ...wanted, transactionLogs: { keep: '5 days' } })
  expect(refused.error?.issues).toMatchObject([
    { path: ['transactionLogs', 'keep'], message: expect.stringContaining('4 days') },
  ])
  expect(backupSettings.safeParse({ ...wanted, transactionLogs: { keep: '4 days' } }).success).toBe(true)
})

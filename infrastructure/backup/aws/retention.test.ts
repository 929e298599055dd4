import { expect, it } from 'vitest'
import { backupSettings } from '../settings.ts'
import { databaseRules, onAws, recoverDays, shortestDays, stateRules, windowMinutes } from './retention.ts'

const settings = backupSettings.parse({})

it('keeps what the document says, for as many days', () => {
  const all = [...databaseRules(settings), ...stateRules(settings)].map(({ name, days }) => [name, days])
  expect(Object.fromEntries(all)).toEqual({ monthly: 90, weekly: 30, daily: 7, continuous: 7, 'state-daily': 7 })
})

it('begins at the hours at which this machine makes its own', () => {
  const hours = Object.fromEntries(databaseRules(settings).map(({ name, cron }) => [name, cron]))
  expect(hours).toMatchObject({
    daily: 'cron(0 3 * * ? *)',
    weekly: 'cron(0 2 ? * SUN *)',
    monthly: 'cron(0 1 1 * ? *)',
  })
  expect(onAws({ cron: '30 22 * * 5' })).toBe('cron(30 22 ? * FRI *)')
})

it('begins no rule while another may begin: of two, AWS Backup would make one', () => {
  const begins = databaseRules(settings).map(({ cron }) => Number(/^cron\(0 (\d+) /.exec(cron)?.[1]) * 60)
  const gaps = begins
    .toSorted((one, other) => one - other)
    .flatMap((at, index, all) => all[index + 1] ?? at + 1440 - at)
  expect(new Set(begins).size).toBe(4)
  expect(gaps.every((next, index) => next - (begins[index] ?? 0) >= windowMinutes)).toBe(true)
})

it('counts a part of a day as a whole one, and the longer of the two that go back to any second', () => {
  expect(recoverDays(backupSettings.parse({ transactionLogs: { keep: '225 hours' } }))).toBe(10)
})

it('refuses logs for longer than AWS keeps them, and says by which field', () => {
  const read = (): unknown => recoverDays(backupSettings.parse({ transactionLogs: { keep: '40 days' } }))
  const message = 'must be at most 35 days on AWS (got 40 days)'
  expect(read).toThrow(expect.objectContaining({ where: 'backup.transactionLogs.keep', message }))
})

it('locks no backup for longer than the rule keeps it that keeps it for the shortest time', () => {
  expect(shortestDays(backupSettings.parse({ applicationState: { keep: '2 days' } }))).toBe(2)
})

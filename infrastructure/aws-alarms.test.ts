import { expect, it } from 'vitest'
import { count } from '../src/core/units.ts'
import { alarmsOnAws } from './aws-alarms.ts'
import { databaseAlarmsOnAws } from './database/alarms.ts'
import { databaseSettings } from './database/settings.ts'
import { monitoringSettings } from './monitoring/settings.ts'

/** Where alarms about operations begin, for a volume behind a server of a class. */
const begins = (iops: number, rds: object = {}, alarms: object = {}) =>
  alarmsOnAws(
    {
      monitoring: monitoringSettings.parse({ disk: { iops }, alarms }),
      database: databaseSettings.parse({ rds }),
    },
    databaseAlarmsOnAws,
  ).flatMap(({ name, fires }) => (/iops|operations/i.test(name) ? [[name, fires]] : []))

const each = (reads: number, writes = reads, both = Math.max(reads, writes)) => [
  ['readIops', { above: count(reads, 'a second') }],
  ['writeIops', { above: count(writes, 'a second') }],
  ['diskOperations', { above: count(both, 'a second') }],
]

it('has alarms about operations begin at a share of what the volume is provisioned for', () => {
  expect(begins(3000)).toEqual(each(2400))
})

it('has them begin at a share of what the class is good for, where that is less', () => {
  expect(begins(12_000)).toEqual(each(4800))
  expect(begins(12_000, { class: 'db.r6g.2xlarge' })).toEqual(each(9600))
  expect(begins(3000, { class: 'db.t4g.medium' })).toEqual(each(1600))
})

it('takes the volume’s where nobody knows what a class is good for', () => {
  expect(begins(12_000, { class: 'db.z9.xlarge' })).toEqual(each(9600))
})

it('has both together begin where the later of the two does', () => {
  expect(begins(3000, {}, { readIopsPercent: 50, writeIopsPercent: 60 })).toEqual(each(1500, 1800))
})

import { expect, it } from 'vitest'
import { boundariesOf, type Measured } from '../../src/core/alarm.ts'
import { bytes, count, duration, percent } from '../../src/core/units.ts'
import { alarmsAt } from './alarms.ts'
import { monitoringSettings } from './settings.ts'

const how: Omit<Measured, 'promise'> = {
  metric: { name: 'any', statistic: 'Average', unit: 'count' },
  local: { expression: () => 'any', unit: 'count' },
  period: duration('1 minute'),
  periods: 5,
  silence: 'fine',
  means: '',
  look: '',
  runbook: '',
}
const at = (alarms: object) =>
  alarmsAt(
    monitoringSettings.parse({ alarms }),
    (['hitRatio', 'originLatency', 'freeStorage', 'connections', 'backupFailed'] as const).map((promise) => ({
      promise,
      ...how,
    })),
  ).map(({ fires }) => fires)

it('has each alarm begin where the configuration says, in the unit of its promise', () => {
  const own = { hitRatioPercent: 50, originLatency: '2 seconds', freeStorage: '1 GB', connections: 300 }
  expect(at(own)).toEqual([
    { below: percent(50) },
    { above: duration('2 seconds') },
    { below: bytes('1 GB') },
    { above: count(300, 'connections') },
    { above: count(0, 'failures') },
  ])
})

it('has each alarm begin where its promise says, where the configuration does not', () => {
  expect(at({})).toEqual([
    { below: percent(90) },
    { above: duration('1 second') },
    { below: bytes('10 GB') },
    { above: count(400, 'connections') },
    { above: count(0, 'failures') },
  ])
})

it('has a share of what the disk is provisioned for begin at a number of operations', () => {
  const readIops = { ...how, promise: 'readIops', shareOf: 'iops' } as const
  const shown = (settings: object) => alarmsAt(monitoringSettings.parse(settings), [readIops]).map(({ fires }) => fires)
  expect(shown({})).toEqual([{ above: count(2400, 'a second') }])
  expect(shown({ disk: { iops: 16_000 }, alarms: { readIopsPercent: 50 } })).toEqual([
    { above: count(8000, 'a second') },
  ])
})

it('has an alarm about a range begin on both sides of it', () => {
  const alarms = alarmsAt(monitoringSettings.parse({ alarms: { backupSizeAtMost: 3 } }), [
    { ...how, promise: 'backupSize' },
  ])
  expect(alarms.flatMap((alarm) => boundariesOf(alarm, 'count'))).toEqual([
    { side: 'below', at: 0.5 },
    { side: 'above', at: 3 },
  ])
})

import { expect, it } from 'vitest'
import { bytes, count, duration, percent } from '../../src/core/units.ts'
import { alarmsAt } from './alarms.ts'
import { monitoringSettings } from './settings.ts'

const metric = { name: 'any', statistic: 'Average' }
const how = { metric, period: duration('1 minute'), periods: 5, silence: 'fine' } as const
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

import { expect, it } from 'vitest'
import { allMeasured } from '../compose.ts'
import { alarmsAt } from './alarms.ts'
import { grafanaDashboard } from './grafana.ts'
import { monitoringSettings } from './settings.ts'

const alarms = alarmsAt(monitoringSettings.parse({}), allMeasured)
const { panels, uid } = grafanaDashboard('production', alarms)

it('shows each alarm once, by the figure that its rule looks at', () => {
  expect(panels.map(({ title }) => title)).toEqual(alarms.map(({ name }) => name))
  expect(panels.find(({ title }) => title === 'connections')?.targets).toMatchObject([
    { expr: 'max(sum by (server) (pg_stat_activity_count))', refId: 'A' },
  ])
})

it.each([
  [
    'connections',
    [
      ['green', null],
      ['red', 400],
    ],
  ],
  [
    'freeStorage',
    [
      ['red', null],
      ['green', 10 * 2 ** 30],
    ],
  ],
  [
    'backupSize',
    [
      ['red', null],
      ['green', 0.5],
      ['red', 1.5],
    ],
  ],
])('has %s begin where the alarm does', (name, steps) => {
  const found = panels.find(({ title }) => title === name)?.fieldConfig.defaults.thresholds.steps
  expect(found?.map(({ color, value }) => [color, value])).toEqual(steps)
})

it('has a place and a number of its own for each, within the 24 columns that Grafana has', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length)
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
})

it('has a name of its own that Grafana takes, however long that of the instance is', () => {
  expect(uid).toBe('edge-production')
  expect(grafanaDashboard('x'.repeat(60), []).uid).toHaveLength(40)
})

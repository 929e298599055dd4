import { expect, it } from 'vitest'
import { poolText } from '../../src/agent/pool-figures.ts'
import { allMeasured } from '../compose.ts'
import { alarmsAt } from './alarms.ts'
import { grafanaDashboard } from './grafana.ts'
import { monitoringSettings } from './settings.ts'

const alarms = alarmsAt(monitoringSettings.parse({}), allMeasured)
const { panels, uid } = grafanaDashboard('production', alarms)

it('shows each alarm once, by the figure that its rule looks at', () => {
  expect(panels.slice(0, alarms.length).map(({ title }) => title)).toEqual(alarms.map(({ name }) => name))
  expect(panels.find(({ title }) => title === 'connections')?.targets).toMatchObject([
    { expr: 'max(sum by (server) (pg_stat_activity_count))', refId: 'A' },
  ])
})

it('shows the pool after them, by figures that there are, without those of edge itself', () => {
  const pool = panels.slice(alarms.length).flatMap(({ targets }) => targets)
  expect(
    pool.map(({ expr }) => /^sum by \(database\) \((\w+)\{job="edge",database=~"app\|app_ro"\}\)$/.exec(expr)?.[1]),
  ).toEqual([
    'pgbouncer_pools_client_waiting_connections',
    'pgbouncer_pools_server_active_connections',
    'pgbouncer_databases_current_connections',
    'pgbouncer_databases_pool_size',
  ])
  const row = { database: 'app', name: 'app', cl_waiting: 0, sv_active: 0, current_connections: 0, pool_size: 100 }
  const given = poolText({ pools: [row], databases: [row], stats: [], lists: [] })
  for (const { expr } of pool) expect(given).toContain(/pgbouncer_\w+/.exec(expr)?.[0])
  expect(panels.every(({ targets }) => new Set(targets.map(({ refId }) => refId)).size === targets.length)).toBe(true)
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

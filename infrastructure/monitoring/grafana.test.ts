import type { Dashboard, GraphFieldConfig, Panel } from '@grafana/schema'
import type { Options } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen'
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

/*
 * Grafana publishes what a dashboard is as types alone (`@grafana/schema`, made of its own definitions; no JSON schema of this form
 * is on npm): so the compiler is the judge, and each line that is to be refused says so, or the compiler refuses this file.
 */

/** What Grafana reads, as JSON has it: a word of an enumeration is a text. */
type Written<Known> = Known extends string
  ? `${Known}`
  : Known extends number | boolean | null | undefined
    ? Known
    : Known extends readonly (infer One)[]
      ? readonly Written<One>[]
      : { readonly [Name in keyof Known]: Written<Known[Name]> }

/** The same with nothing that Grafana does not know: it would be read over, and lost. */
type Exactly<Given, Known> = unknown extends Known ? Given : ExactlyThat<Given, NonNullable<Known>>
type ExactlyThat<Given, Known> = Given extends readonly (infer One)[]
  ? Known extends readonly (infer Other)[]
    ? readonly Exactly<One, Other>[]
    : never
  : Given extends object
    ? { readonly [Name in keyof Given]: Name extends keyof Known ? Exactly<Given[Name], Known[Name]> : never }
    : Given

type OfGrafana = Written<Omit<Dashboard, 'panels'>> & { readonly panels: readonly OfPanel[] }
type OfPanel = Written<Omit<Panel, 'options' | 'fieldConfig' | 'targets'>> & {
  readonly targets: readonly Readonly<Record<string, unknown>>[]
  readonly options: Written<Options>
  readonly fieldConfig: Written<Omit<NonNullable<Panel['fieldConfig']>, 'defaults'>> & {
    readonly defaults: Written<Omit<NonNullable<Panel['fieldConfig']>['defaults'], 'custom'>> & {
      readonly custom: Written<GraphFieldConfig>
    }
  }
}
const asGrafana = <Given extends OfGrafana>(given: Given & Exactly<Given, OfGrafana>): Given => given

it('is what Grafana publishes as a dashboard, with all that it says, and what is not is refused', () => {
  const whole = grafanaDashboard('production', alarms)
  expect(asGrafana(whole)).toBe(whole)
  // @ts-expect-error No dashboard has such a field.
  asGrafana({ ...whole, colour: 'red' })
  // @ts-expect-error It is a number.
  asGrafana({ ...whole, schemaVersion: '36' })
  for (const panel of whole.panels) {
    // @ts-expect-error Nor has a picture.
    asGrafana({ ...whole, panels: [{ ...panel, position: 1 }] })
    // @ts-expect-error A place has a height.
    asGrafana({ ...whole, panels: [{ ...panel, gridPos: { x: 0, y: 0, w: 8 } }] })
    const legend = { ...panel.options.legend, placement: 'left' as const }
    // @ts-expect-error There is no such place for a legend.
    asGrafana({ ...whole, panels: [{ ...panel, options: { ...panel.options, legend } }] })
  }
})

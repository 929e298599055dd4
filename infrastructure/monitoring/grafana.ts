import { type Alarm, boundariesOf, type FigureUnit } from '../../src/core/alarm.ts'
import { windowOf } from './render-rules.ts'

/** Grafana's own words for what a figure is measured in. */
const units: Readonly<Record<FigureUnit, string>> = {
  milliseconds: 'ms',
  seconds: 's',
  bytes: 'bytes',
  percent: 'percent',
  count: 'short',
}

const [width, height, perRow] = [8, 8, 3]
/** A data source of the reader's: Grafana asks which one when it imports the dashboard. */
const datasource = { type: 'prometheus', uid: '${datasource}' }

/** Green on the good side of a boundary, red beyond it: below 0.5 and above 1.5 of a range. */
function steps(alarm: Alarm): readonly { readonly color: string; readonly value: number | null }[] {
  const boundaries = boundariesOf(alarm, alarm.local.unit)
  const [first] = boundaries
  return [
    { color: first?.side === 'below' ? 'red' : 'green', value: null },
    ...boundaries.map(({ side, at }) => ({ color: side === 'below' ? 'green' : 'red', value: at })),
  ]
}

const panel = (alarm: Alarm, index: number) => ({
  id: index + 1,
  type: 'timeseries',
  title: alarm.name,
  description: `${alarm.says} ${alarm.means} docs/runbooks/${alarm.runbook}`,
  datasource,
  gridPos: { x: (index % perRow) * width, y: Math.floor(index / perRow) * height, w: width, h: height },
  targets: [{ refId: 'A', datasource, expr: alarm.local.expression(windowOf(alarm.period)), legendFormat: alarm.name }],
  fieldConfig: {
    defaults: {
      unit: units[alarm.local.unit],
      thresholds: { mode: 'absolute', steps: steps(alarm) },
      custom: { thresholdsStyle: { mode: 'line+area' } },
    },
    overrides: [],
  },
  options: { legend: { showLegend: false, displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'single' } },
})

/** A dashboard that Grafana imports: a picture of each alarm's figure, with a line where it begins. */
export const grafanaDashboard = (name: string, alarms: readonly Alarm[]) => ({
  uid: `edge-${name}`.slice(0, 40),
  title: `edge: ${name}`,
  tags: ['edge'],
  // Since Grafana 9; a newer one brings it up to its own.
  schemaVersion: 36,
  editable: true,
  refresh: '1m',
  time: { from: 'now-6h', to: 'now' },
  timezone: 'browser',
  templating: {
    list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
  },
  annotations: { list: [] },
  panels: alarms.map(panel),
})

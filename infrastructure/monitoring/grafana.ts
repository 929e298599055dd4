import { boundariesOf, type FigureUnit, type Ruled } from '../../src/core/alarm.ts'
import { jobs } from './jobs.ts'
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
const legend = { displayMode: 'list', placement: 'bottom' } as const

/** Green on the good side of a boundary, red beyond it: below 0.5 and above 1.5 of a range. */
function steps(alarm: Ruled): readonly { readonly color: string; readonly value: number | null }[] {
  const boundaries = boundariesOf(alarm, alarm.local.unit)
  const [first] = boundaries
  return [
    { color: first?.side === 'below' ? 'red' : 'green', value: null },
    ...boundaries.map(({ side, at }) => ({ color: side === 'below' ? 'green' : 'red', value: at })),
  ]
}

type Picture = {
  readonly title: string
  readonly description: string
  readonly unit: FigureUnit
  /** By what each line is called; Grafana puts the value of a label in for `{{label}}`. */
  readonly lines: Readonly<Record<string, string>>
  readonly steps: ReturnType<typeof steps>
}

const ofAlarm = (alarm: Ruled): Picture => ({
  title: alarm.name,
  description: `${alarm.says} ${alarm.means} docs/runbooks/${alarm.runbook}`,
  unit: alarm.local.unit,
  lines: { [alarm.name]: alarm.local.expression(windowOf(alarm.period)) },
  steps: steps(alarm),
})

/** Where no alarm begins. */
const unbounded: Picture['steps'] = [{ color: 'green', value: null }]

/** The app's two pools: edge's own are filled up on purpose, as what they promise is verified. */
const ofApp = (figure: string): string =>
  `sum by (database) (pgbouncer_${figure}{job="${jobs.edge}",database=~"app|app_ro"})`

/** No alarm is about these, and they say why one rings: what waits for a connection is slow for no other reason. */
const others: readonly Picture[] = [
  {
    title: 'clients that wait at the pool',
    description: 'Each waits for a connection to PostgreSQL, and is refused after database.pool.wait.',
    unit: 'count',
    lines: { '{{database}}': ofApp('pools_client_waiting_connections') },
    steps: unbounded,
  },
  {
    title: 'connections of the pool',
    description: 'Where all that a pool may open (database.pool.maximum) are in use, the next client waits.',
    unit: 'count',
    lines: {
      '{{database}}: in use': ofApp('pools_server_active_connections'),
      '{{database}}: open': ofApp('databases_current_connections'),
      '{{database}}: at most': ofApp('databases_pool_size'),
    },
    steps: unbounded,
  },
]

const letters = ['A', 'B', 'C'] as const

function panel({ title, description, unit, lines, steps: thresholds }: Picture, index: number) {
  const targets = Object.entries(lines).map(([legendFormat, expr], line) => ({
    refId: letters[line],
    datasource,
    expr,
    legendFormat,
  }))
  const showLegend = Object.keys(lines).some((line) => line !== title)
  return {
    id: index + 1,
    type: 'timeseries',
    title,
    description,
    datasource,
    gridPos: { x: (index % perRow) * width, y: Math.floor(index / perRow) * height, w: width, h: height },
    targets,
    fieldConfig: {
      defaults: {
        unit: units[unit],
        thresholds: { mode: 'absolute' as const, steps: thresholds },
        custom: { thresholdsStyle: { mode: thresholds === unbounded ? ('off' as const) : ('line+area' as const) } },
      },
      overrides: [],
    },
    options: {
      legend: { calcs: [], showLegend, ...legend },
      tooltip: { mode: showLegend ? ('multi' as const) : ('single' as const), sort: 'none' as const },
    },
  }
}

/** A dashboard that Grafana imports: a picture of each alarm's figure, with a line where it begins, and of the pool. */
export const grafanaDashboard = (name: string, alarms: readonly Ruled[]) => ({
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
    list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource' as const, query: 'prometheus' }],
  },
  annotations: { list: [] },
  panels: [...alarms.map(ofAlarm), ...others].map(panel),
})

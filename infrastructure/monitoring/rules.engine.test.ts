import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Boundary, boundariesOf } from '../../src/core/alarm.ts'
import { everySeconds } from './render-rules.ts'
import { alarms, type Case, promtool, rules } from './proofs/test-promtool.ts'
import {
  constant,
  disk,
  everySource,
  isCounter,
  rising,
  type Series,
  seriesAt,
  sources,
  upOf,
} from './proofs/test-series.ts'

let tool: Awaited<ReturnType<typeof promtool>>
beforeAll(async () => {
  tool = await promtool()
})
afterAll(() => tool.remove())
const judged = (cases: readonly Case[]) => tool.judged(cases)

/** So much beyond a boundary, in shares of it; of none, by one. */
const beyond = ({ side, at }: Boundary, share: number): number =>
  at === 0 ? (share > 0 ? 1 : 0) : at * (side === 'above' ? 1 + share : 1 - share)

/** By then it rings: the first window is full, and it has waited. */
const bySeconds = (name: string): number => {
  const alarm = alarms.find((one) => one.name === name)
  if (!alarm) return Number.NaN
  const { local, period, periods } = alarm
  // Where no window is looked at, the first figure counts.
  const windows = local.expression('1m') === local.expression('2m') ? periods - 1 : periods
  return (period.milliseconds / 1000) * windows + 3 * everySeconds
}

const boundaries = alarms.flatMap((alarm) =>
  boundariesOf(alarm, alarm.local.unit).map(({ side, at }) => ({ alarm, name: alarm.name, side, at })),
)

describe('the rules', () => {
  it('are accepted by Prometheus itself', async () => {
    expect(await tool.check()).toBe('')
  })

  it('have series of every alarm to be tried with', () => {
    expect(alarms.map(({ name }) => name).filter((name) => !(name in seriesAt))).toEqual([])
  })

  it.each(boundaries)(
    '$name rings just $side its boundary, within its periods, and not on the other side',
    async ({ name, side, at }) => {
      const series = seriesAt[name] ?? (() => ({}))
      const whole = bySeconds(name)
      const cases: readonly Case[] = [
        { alert: name, series: series(beyond({ side, at }, 0.001)), at: whole, rings: true },
        { alert: name, series: series(beyond({ side, at }, -0.001)), at: 2 * whole, rings: false },
      ]
      expect(await judged(cases)).toBe('')
    },
  )

  it.each(alarms.filter(({ silence }) => silence === 'fires'))(
    '$name rings where nobody measures',
    async ({ name, fires, local }) => {
      const [bound] = boundariesOf({ fires }, local.unit)
      const series = seriesAt[name]?.((bound?.at ?? 0) * (bound?.side === 'above' ? 0.5 : 2)) ?? {}
      // Well for ten minutes, then nothing more.
      const ended = Object.fromEntries(
        Object.entries(series).map(([key, value]) => [key, `${value.replace(/x\d+$/, 'x40')} stale`]),
      )
      const cases: readonly Case[] = [
        { alert: name, series: ended, at: 600, rings: false },
        { alert: name, series: ended, at: 600 + Math.max(60, bySeconds(name)) + 2 * everySeconds, rings: true },
      ]
      expect(await judged(cases)).toBe('')
    },
  )

  it.each([
    ['301', '301x200', '2x200'],
    ['nothing', '0x40 stale', '2x40 stale'],
  ])('replicaLag that rings shows %s', async (value, behind, members) => {
    const { annotations } = rules.find(({ alert }) => alert === 'replicaLag') ?? {}
    const input = { ...sources, edge_database_members: members }
    const ages = { 'edge_heartbeat_age_seconds{server="a"}': '0x200', 'edge_heartbeat_age_seconds{server="b"}': behind }
    const shown = {
      interval: `${everySeconds}s`,
      input_series: Object.entries({ ...input, ...ages }).map(([series, values]) => ({ series, values })),
      alert_rule_test: [
        {
          eval_time: '900s',
          alertname: 'replicaLag',
          exp_alerts: [{ exp_annotations: { ...annotations, value } }],
        },
      ],
    }
    expect(await tool.tried('replicaLag', [shown])).toBe('')
  })

  it.each(alarms.filter(({ silence }) => silence === 'fine'))(
    '$name is silent where nobody asks for anything',
    async ({ name }) => {
      const counters = Object.keys(seriesAt[name]?.(50) ?? {}).filter(isCounter)
      const series = Object.fromEntries(counters.map((key) => [key, constant(7)]))
      expect(await judged([{ alert: name, series, at: 2 * bySeconds(name), rings: false }])).toBe('')
    },
  )

  it.each(boundaries)('$name that rings goes on when what measures is killed', async ({ name, side, at }) => {
    const measured = seriesAt[name]?.(beyond({ side, at }, 0.5)) ?? {}
    const well = Math.ceil(bySeconds(name) / everySeconds) + 20
    const ended = (values: string): string => `${values.replace(/x\d+$/, `x${well}`)} stale _x200`
    const series = Object.fromEntries(
      Object.entries({ ...measured, [upOf('edge')]: '1x9' }).map(([key, values]) => [key, ended(values)]),
    )
    const down = { ...series, [upOf('edge')]: `1x${well} 0x200` }
    const cases = [0, 1, 4, 40].map((later): Case => ({
      alert: name,
      series: down,
      at: (well + later) * everySeconds,
      rings: true,
    }))
    expect(await judged(cases)).toBe('')
  })

  /** As Prometheus has it that was away for 90 seconds: rules are looked at on, and find nothing new. */
  const away = (values: string, from: number): string => {
    const [, first = '', step = '0'] = /^([^+x]+)(?:\+([\d.e-]+))?x/.exec(values) ?? []
    const on = Number(first) + Number(step) * (from + 7)
    return `${first}+${step}x${from} _x6 ${on}+${step}x200`
  }

  it.each(
    ['cdnErrors', 'hitRatio', 'originLatency', 'diskOperations'].map((name) => {
      const [bound] = boundaries.filter((one) => one.name === name)
      const operations = {
        'node_disk_reads_completed_total{device="vda"}': rising(2000),
        'node_disk_writes_completed_total{device="vda"}': rising(2000),
        [disk]: constant(1),
      }
      return [name, bound ? (seriesAt[name]?.(beyond(bound, 0.5)) ?? {}) : operations] as const
    }),
  )('%s that rings goes on when Prometheus was away for a moment', async (alert, measured) => {
    const from = Math.ceil((bySeconds(alert) || 300) / everySeconds) + 20
    const all = Object.entries({ ...sources, ...measured })
    const series = Object.fromEntries(all.map(([key, values]) => [key, away(values, from)]))
    const looks = Array.from({ length: 16 }, (_, later) => from + later)
    expect(await judged(looks.map((round) => ({ alert, series, at: round * everySeconds, rings: true })))).toBe('')
  })

  it('connections that rings goes on while nobody hears of the server that has them', async () => {
    const loaded = 'pg_stat_activity_count{server="a",state="active"}'
    const of = (values: string, members = 2): Series => ({
      [loaded]: values,
      'pg_stat_activity_count{server="b",state="active"}': constant(20),
      edge_database_members: constant(members),
    })
    const cases: readonly Case[] = [
      { alert: 'connections', series: of('410x60 stale'), at: 900, rings: true },
      { alert: 'connections', series: of('410x60 stale'), at: 1800, rings: true },
      { alert: 'connections', series: of('410x60 100x200'), at: 1800, rings: false },
      // It is no member any more.
      { alert: 'connections', series: of('410x60 stale', 1), at: 1800, rings: false },
      // One that is away rings by itself as lagging; of connections it says nothing.
      { alert: 'connections', series: of('100x60 stale'), at: 1800, rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it.each(['backupFailed', 'backupSize', 'backupDuration'])(
    '%s that rings goes on while its figure is gone, although everybody answers',
    async (alert) => {
      const bound = boundaries.findLast(({ name }) => name === alert)
      const at = (share: number) => seriesAt[alert]?.(bound ? beyond(bound, share) : 0) ?? {}
      const rings = Object.entries(at(0.5))
      const ended = Object.fromEntries(rings.map(([key, value]) => [key, value.replace(/x\d+$/, 'x60 stale')]))
      const mended = Object.fromEntries(
        rings.map(([key, value]) => [key, `${value.replace(/x\d+$/, 'x60')} ${at(-0.1)[key] ?? ''}`]),
      )
      const cases: readonly Case[] = [
        { alert, series: ended, at: 900, rings: true },
        { alert, series: ended, at: 1800, rings: true },
        { alert, series: mended, at: 1800, rings: false },
      ]
      expect(await judged(cases)).toBe('')
    },
  )

  const heartbeatOf = (server: string): string =>
    `edge_heartbeat_age_seconds{server="${server}",job="postgres",instance="postgres"}`

  /** A part of an alarm's figure that is given by itself. */
  const parts: readonly (readonly [alert: string, part: string])[] = [
    ['databaseCpu', 'edge_database_cpu_seconds_total{member="pg2"}'],
    ['backupFailed', 'edge_backup_failed{what="daily",job="node"}'],
    ['backupFailed', 'edge_backup_failed{what="log",job="node"}'],
    ['backupSize', 'edge_backup_size_ratio{job="node"}'],
    ['backupDuration', 'edge_backup_duration_seconds{job="node"}'],
  ]
  /** All is well; after ten minutes this part alone ends, for so many rounds. */
  const without = (alert: string, part: string, looks: number, more: Series = {}): Series => {
    const bound = boundaries.findLast(({ name }) => name === alert)
    const series = seriesAt[alert]?.(bound ? beyond(bound, -0.4) : 0) ?? {}
    const [, first = '', step = '0'] = /^([^+x]+)(?:\+([\d.e-]+))?x/.exec(series[part] ?? '') ?? []
    const back = Number(first) + Number(step) * (40 + looks)
    const ended = `${first}+${step}x40 stale _x${looks - 2} ${back}+${step}x1000`
    const members = Object.fromEntries(['pg1', 'pg2'].map((server) => [heartbeatOf(server), constant(2)]))
    return { ...everySource, ...members, edge_database_members: constant(2), ...series, [part]: ended, ...more }
  }
  const waited = (alert: string): number => rules.find((rule) => rule.alert === alert)?.for ?? Number.NaN
  const after = (alert: string, minutes: number): number => 600 + waited(alert) + minutes * 60

  it.each(parts)(
    '%s rings where %s alone is gone, although everybody answers, and until it is back',
    async (alert, part) => {
      const gone = without(alert, part, 400)
      const cases: readonly Case[] = [
        { alert, series: gone, at: 600, rings: false },
        { alert, series: gone, at: after(alert, 2), rings: true },
        { alert, series: gone, at: after(alert, 60), rings: true },
        { alert, series: without(alert, part, 80), at: after(alert, 20), rings: false },
      ]
      expect(await judged(cases)).toBe('')
    },
  )

  it('backupFailed that rings goes on while nobody says of one whether it failed, though all others are good', async () => {
    const { 'edge_backup_failed{what="daily",job="node"}': daily = '', ...others } = seriesAt['backupFailed']?.(0) ?? {}
    const mended = { ...everySource, ...others, 'edge_backup_failed{what="files",job="node"}': '1x40 0x1000' }
    const given = { ...mended, 'edge_backup_failed{what="daily",job="node"}': daily }
    const alert = 'backupFailed'
    const cases: readonly Case[] = [
      { alert, series: mended, at: 1800, rings: true },
      { alert, series: given, at: 1800, rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it.each(parts)('%s is silent where a look at %s failed, or who gives it is away', async (alert, part) => {
    const giver = upOf(alert === 'databaseCpu' ? 'edge' : 'node')
    const gone = without(alert, part, 400, {
      [giver]: '1x40 0x1000',
      // It is the same program that gives this.
      ...(alert === 'databaseCpu' ? { edge_database_members: '2x40 stale' } : {}),
    })
    const cases: readonly Case[] = [
      { alert, series: without(alert, part, 4), at: after(alert, 1), rings: false },
      { alert, series: gone, at: after(alert, 10), rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it('databaseCpu is silent where a member that is down has no figure, and rings by the others', async () => {
    const [alert, part] = ['databaseCpu', 'edge_database_cpu_seconds_total{member="pg2"}'] as const
    const down = { [heartbeatOf('pg2')]: '2x40 stale' }
    const busy = { 'edge_database_cpu_seconds_total{member="pg1"}': rising(1.7) }
    const cases: readonly Case[] = [
      { alert, series: without(alert, part, 400, down), at: 1800, rings: false },
      { alert, series: without(alert, part, 400, { ...down, ...busy }), at: 1800, rings: true },
    ]
    expect(await judged(cases)).toBe('')
  })

  it.each(['backupSize', 'backupDuration', 'backupFailed'])(
    '%s is silent on a new instance, which has no backup yet',
    async (alert) => {
      const log = { 'edge_backup_failed{what="log",job="node"}': constant(0) }
      const series = { ...everySource, ...(alert === 'backupFailed' ? log : {}) }
      expect(await judged([120, 1800].map((at) => ({ alert, series, at, rings: false })))).toBe('')
    },
  )

  const ofTraffic = boundaries.filter(({ alarm }) => alarm.local.unwell?.includes('edge_probe'))
  it('has alarms about what visitors were answered', () => {
    expect(ofTraffic.map(({ name }) => name)).toEqual(['cdnErrors', 'hitRatio', 'originLatency'])
  })

  it.each(ofTraffic)('$name goes on while the site is down, and clears when it is well', async ({ name, side, at }) => {
    const measured = seriesAt[name]?.(beyond({ side, at }, 0.5)) ?? {}
    const visited = Math.ceil(bySeconds(name) / everySeconds) + 20
    // Visitors give up: the figures stand still, and nothing more is measured.
    const givenUp = Object.fromEntries(
      Object.entries(measured).map(([key, values]) => {
        const { step = '0' } = /^0\+(?<step>[\d.]+)x/.exec(values)?.groups ?? {}
        return [key, `0+${step}x${visited} ${Number(step) * visited}x200`]
      }),
    )
    const probe = 'edge_probe_success{what="site",job="edge"}'
    const down = { ...givenUp, [probe]: `1x${visited} 0x200` }
    const gone = { ...givenUp, [probe]: `1x${visited} stale` }
    const well = { ...givenUp, [probe]: constant(1) }
    const later = (visited + 100) * everySeconds
    const cases: readonly Case[] = [
      { alert: name, series: down, at: later, rings: true },
      { alert: name, series: gone, at: later, rings: true },
      { alert: name, series: well, at: visited * everySeconds, rings: true },
      { alert: name, series: well, at: later, rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it('says nothing in the first minute of Prometheus, which has asked nobody yet', async () => {
    const series = { 'process_start_time_seconds{job="prometheus"}': constant(600), [upOf('edge')]: constant(1) }
    const cases = ['connections', 'freeStorage', 'replicaLag'].map((alert): Case => ({
      alert,
      series,
      at: 645,
      rings: false,
    }))
    expect(await judged(cases)).toBe('')
  })
})

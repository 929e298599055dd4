import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type Boundary, boundariesOf } from '../../src/core/alarm.ts'
import { testWorld } from '../../test/world.ts'
import { allMeasured } from '../compose.ts'
import { alarmsAt } from './alarms.ts'
import { everyAsked, everySeconds, ownRules, ruleOf, rulesFile } from './render-rules.ts'
import { monitoringSettings } from './settings.ts'
import {
  constant,
  disk,
  everySource,
  isCounter,
  rising,
  rounds,
  type Series,
  seriesAt,
  sources,
} from './test-series.ts'

const { world } = testWorld()
const alarms = alarmsAt(monitoringSettings.parse({}), allMeasured)
const ownOnes = ownRules(monitoringSettings.parse({}), everyAsked)
const rules = [...alarms.map((alarm) => ruleOf(alarm)), ...ownOnes]
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-rules-'))
  await writeFile(join(folder, 'rules.yml'), rulesFile(rules))
  // Each alone, as well: all of them together would be looked at for each case.
  for (const rule of rules) await writeFile(join(folder, `${rule.alert}.yml`), rulesFile([rule]))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** So much beyond a boundary, in shares of it; of none, by one. */
const beyond = ({ side, at }: Boundary, share: number): number =>
  at === 0 ? (share > 0 ? 1 : 0) : at * (side === 'above' ? 1 + share : 1 - share)

/** Whether an alarm rings so many seconds after these series began. */
type Case = { readonly series: Series; readonly at: number; readonly rings: boolean; readonly alert: string }

/** promtool's own verdict on cases of one alarm: empty where each is as said. */
async function judged(cases: readonly Case[], every = everySeconds): Promise<string> {
  const tests = cases.map(({ series, at, rings, alert }) => ({
    interval: `${every}s`,
    input_series: Object.entries({ ...sources, ...series }).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
        eval_time: `${at}s`,
        exp_samples: [{ labels: '{}', value: rings ? 1 : 0 }],
      },
    ],
  }))
  const alert = cases[0]?.alert ?? ''
  const file = join(folder, `${alert}-tests.yml`)
  const whole = { rule_files: [`${alert}.yml`], evaluation_interval: `${every}s`, tests }
  await writeFile(file, stringify(whole, { aliasDuplicateObjects: false }))
  const { code, stdout, stderr } = await world.run(['promtool', 'test', 'rules', file], { cwd: folder })
  return code === 0 ? '' : `${stdout}${stderr}`
}

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
    const { code, stdout, stderr } = await world.run(['promtool', 'check', 'rules', join(folder, 'rules.yml')])
    expect({ code, said: `${stdout}${stderr}` }).toEqual({ code: 0, said: expect.stringContaining('SUCCESS') })
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
    const file = join(folder, 'shown-tests.yml')
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
    const whole = { rule_files: ['replicaLag.yml'], evaluation_interval: `${everySeconds}s`, tests: [shown] }
    await writeFile(file, stringify(whole))
    const { code, stdout, stderr } = await world.run(['promtool', 'test', 'rules', file], { cwd: folder })
    expect([code, code === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, ''])
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
      Object.entries({ ...measured, 'up{job="edge"}': '1x9' }).map(([key, values]) => [key, ended(values)]),
    )
    const down = { ...series, 'up{job="edge"}': `1x${well} 0x200` }
    const cases = [0, 1, 4, 40].map((later): Case => ({
      alert: name,
      series: down,
      at: (well + later) * everySeconds,
      rings: true,
    }))
    expect(await judged(cases)).toBe('')
  })

  it('siteDown rings where nobody asks the site, and waits for a minute of that', async () => {
    const ended = { 'edge_probe_success{what="site",job="edge"}': '1x20 stale' }
    const cases = [
      { at: 300 + 45, rings: false },
      { at: 300 + 105, rings: true },
    ]
    expect(await judged(cases.map((one) => ({ alert: 'siteDown', series: ended, ...one })))).toBe('')
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

  it.each([
    ['siteDown', 'edge_probe_success{what="api",job="edge"}'],
    ['apiHangs', 'edge_process_answers{process="api1",job="edge"}'],
  ])('%s that rings is the same one where its figure %s ends', async (alert, name) => {
    const series = { [name]: '1x20 0x40 stale' }
    const cases = [60, 61, 62, 64, 68].map((round): Case => ({ alert, series, at: round * everySeconds, rings: true }))
    expect(await judged(cases)).toBe('')
  })

  it('guarantee rings until it is kept again, and not for one that somebody silences', async () => {
    const id = (one: string, figure = 'kept'): string => `edge_guarantee_${figure}{id="${one}",job="edge"}`
    const of = (values: string, up = constant(1)): Series => ({
      [id('cdn.https')]: values,
      [id('monitoring.connections')]: constant(0),
      [id('monitoring.connections', 'silenced')]: constant(1),
      'up{job="edge"}': up,
    })
    const exporterEnds = Object.fromEntries(
      Object.entries(of('')).map(([key]) => [
        key,
        key.startsWith('up') ? '1x60 0x200' : `${key.includes('silenced') ? 1 : 0}x60 stale`,
      ]),
    )
    const alert = 'guarantee'
    const cases: readonly Case[] = [
      { alert, series: of('1x4 0x200'), at: 360, rings: false },
      { alert, series: of('1x4 0x200'), at: 900, rings: true },
      { alert, series: of('0x60 1x200'), at: 900, rings: true },
      { alert, series: of('0x60 1x200'), at: 930, rings: false },
      // The exporter ends: that is no all-clear.
      { alert, series: exporterEnds, at: 1800, rings: true },
    ]
    expect(await judged(cases)).toBe('')
  })

  it('agent rings where nothing was verified for three hours, but for those that the machine slept', async () => {
    const long = (value: number): string => `${value}x2000`
    const of = (verified: Series, up = long(1)): Series => ({
      'edge_heartbeat_age_seconds{server="a"}': long(2),
      'up{job="prometheus"}': up,
      'process_start_time_seconds{job="prometheus"}': long(0),
      ...verified,
    })
    const at = (values: string): Series => ({ 'edge_verified_seconds{job="edge"}': values })
    const alert = 'agent'
    const cases: readonly Case[] = [
      { alert, series: of(at(long(60))), at: 10_800, rings: false },
      { alert, series: of(at(long(60))), at: 10_950, rings: true },
      // Verified again.
      { alert, series: of(at('60x740 11000x500')), at: 11_250, rings: false },
      // What gives the figure ends: that is no all-clear.
      { alert, series: of(at('60x740 stale')), at: 18_000, rings: true },
      { alert, series: of(at('60x740 stale')), at: 24_000, rings: true },
      // Never verified at all.
      { alert, series: of({}), at: 7200, rings: false },
      { alert, series: of({}), at: 10_800, rings: true },
      // By a clock that was set back since.
      { alert, series: of(at(long(1e6))), at: 10_800, rings: true },
      // It slept for four hours, and has not come to the next hour yet.
      { alert, series: of(at('60x40 _x960 60x1000'), '1x40 _x960 1x1000'), at: 15_900, rings: false },
      { alert, series: of(at('60x40 _x960 60x1000'), '1x40 _x960 1x1000'), at: 24_900, rings: true },
    ]
    expect(await judged(cases)).toBe('')
  })

  it('clockUnset rings until the clock is set again, although the kernel forgets that it was ever set', async () => {
    // Set for four hours, then by nobody; after nine more the kernel says so. Set again after 42.
    const series = {
      node_timex_maxerror_seconds: '0.5x47 6x455 0.5x40',
      node_timex_sync_status: '1x155 0x347 1x40',
    }
    const cases = [3, 6, 14, 36, 40].map((hours): Case => ({
      alert: 'clockUnset',
      series,
      at: hours * 3600,
      rings: hours > 3,
    }))
    const over: Case = { alert: 'clockUnset', series, at: 43 * 3600, rings: false }
    expect(await judged([...cases, over], 300)).toBe('')
  })

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
    const series = { 'process_start_time_seconds{job="prometheus"}': constant(600), 'up{job="edge"}': constant(1) }
    const cases = ['connections', 'freeStorage', 'replicaLag'].map((alert): Case => ({
      alert,
      series,
      at: 645,
      rings: false,
    }))
    expect(await judged(cases)).toBe('')
  })

  /** Of each rule about what gives the alarm: series with which it rings, and others with which it does not. */
  const own: Readonly<Record<string, { readonly rings: Series; readonly not: Series; readonly at?: number }>> = {
    silence: {
      rings: { ...everySource, 'up{job="node"}': '1x4 0x200' },
      not: everySource,
    },
    siteDown: {
      rings: {
        'edge_probe_success{what="site",job="edge"}': constant(1),
        'edge_probe_success{what="api",job="edge"}': '1x20 0x200',
      },
      not: {
        'edge_probe_success{what="site",job="edge"}': constant(1),
        'edge_probe_success{what="api",job="edge"}': '1x43 0x200',
      },
    },
    apiHangs: {
      rings: {
        'edge_process_answers{process="api1",job="edge"}': constant(1),
        'edge_process_answers{process="api2",job="edge"}': '1x37 0x200',
      },
      // Two minutes are not over yet.
      not: {
        'edge_process_answers{process="api1",job="edge"}': constant(1),
        'edge_process_answers{process="api2",job="edge"}': '1x39 0x200',
      },
    },
    agent: {
      rings: {
        'edge_heartbeat_age_seconds{server="a"}': constant(61),
        'edge_heartbeat_age_seconds{server="b"}': constant(90),
      },
      not: {
        'edge_heartbeat_age_seconds{server="a"}': constant(60),
        'edge_heartbeat_age_seconds{server="b"}': constant(90),
      },
    },
    restarts: {
      rings: { 'edge_service_restarts_total{service="pg1"}': '0x20 1x10 2x10 3x200' },
      not: { 'edge_service_restarts_total{service="pg1"}': '0x20 1x20 2x200' },
    },
    certificate: {
      rings: {
        'edge_certificate_ends_seconds{of="site",job="edge"}': constant(29 * 86_400),
        'edge_certificate_lasts_seconds{of="site",job="edge"}': constant(90 * 86_400),
      },
      not: {
        'edge_certificate_ends_seconds{of="site",job="edge"}': constant(31 * 86_400),
        'edge_certificate_lasts_seconds{of="site",job="edge"}': constant(90 * 86_400),
        // Of six days two are left: it is being renewed.
        'edge_certificate_ends_seconds{of="engines",job="edge"}': constant(2 * 86_400),
        'edge_certificate_lasts_seconds{of="engines",job="edge"}': constant(6 * 86_400),
      },
    },
    diskFilling: {
      // A GB an hour, of 20 and of 30.
      rings: { edge_disk_free_bytes: `${20e9}-${(1e9 / 3600) * everySeconds}x${rounds}` },
      not: { edge_disk_free_bytes: `${30e9}-${(1e9 / 3600) * everySeconds}x${rounds}` },
      at: 12_600,
    },
    clock: {
      rings: { edge_clock_jump_seconds: '0x20 -61x200', node_timex_offset_seconds: constant(0) },
      not: { edge_clock_jump_seconds: constant(0.9), node_timex_offset_seconds: constant(-0.4) },
    },
    clockUnset: {
      rings: { node_timex_maxerror_seconds: '0.5x20 6x60 16x200', node_timex_sync_status: '1x60 0x200' },
      // Nobody has ever set it.
      not: { node_timex_maxerror_seconds: constant(16), node_timex_sync_status: constant(0) },
      at: 1800,
    },
    guarantee: {
      rings: { 'edge_guarantee_kept{id="cdn.https"}': '1x4 0x200' },
      // Mended, and verified again, within five minutes.
      not: { 'edge_guarantee_kept{id="cdn.https"}': '1x4 0x18 1x200' },
    },
    diskOperations: {
      // Neither reads nor writes reach 80 % of 3,000 by themselves.
      rings: {
        'node_disk_reads_completed_total{device="vda"}': rising(1300),
        'node_disk_writes_completed_total{device="vda"}': rising(1101),
        [disk]: constant(1),
      },
      not: {
        'node_disk_reads_completed_total{device="vda"}': rising(1300),
        'node_disk_writes_completed_total{device="vda"}': rising(1099),
        'node_disk_writes_completed_total{device="vdb"}': rising(9000),
        [disk]: constant(1),
      },
    },
    delivery: {
      rings: { 'alertmanager_notifications_failed_total{integration="email"}': '0x30 1x200' },
      not: { 'alertmanager_notifications_failed_total{integration="email"}': constant(5) },
    },
  }

  it('about what gives the alarm are all tried', () => {
    expect(Object.keys(own).toSorted()).toEqual(ownOnes.map(({ alert }) => alert).toSorted())
  })

  it.each(Object.entries(own))('%s rings with its cause, and not without', async (alert, { rings, not, at = 690 }) => {
    const cases: readonly Case[] = [
      { alert, series: rings, at, rings: true },
      { alert, series: not, at, rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it.each([
    ['silence', 'edge_requests_total{class="2xx",job="edge"}', '0x20 stale'],
    ['silence', 'edge_file_requests_total{result="hit",job="edge"}', '0x20 stale'],
    ['silence', 'edge_origin_seconds_count{job="edge"}', '0x20 stale'],
    ['silence', 'pg_up{server="a",job="postgres"}', '1x20 0x200'],
    ['agent', 'edge_heartbeat_age_seconds{server="a"}', '2x20 stale'],
    ['siteDown', 'edge_probe_success{what="api",job="edge"}', '1x20 stale'],
    ['apiHangs', 'edge_process_answers{process="api2",job="edge"}', '1x20 stale'],
    ['certificate', 'edge_certificate_ends_seconds{of="site",job="edge"}', '1e9x20 stale'],
    ['clock', 'node_timex_offset_seconds', '0x20 0.6x200'],
  ])('%s rings when its figure %s is %s, although everybody answers', async (alert, name, values) => {
    const heartbeat = { 'edge_heartbeat_age_seconds{server="a"}': constant(2) }
    const series = (of: Series) => ({ ...everySource, ...heartbeat, ...of })
    const cases = [
      { alert, series: series({ [name]: values }), at: 1200, rings: true },
      { alert, series: series({ [name]: values }), at: 285, rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it.each(['prometheus', 'alertmanager', 'node', 'postgres', 'edge'])(
    'silence rings when %s is down, and when Prometheus no longer asks it',
    async (job) => {
      const { [`up{job="${job}"}`]: _, ...without } = { ...everySource }
      const cases = [
        { ...everySource, [`up{job="${job}"}`]: '1x20 0x200' },
        { ...without, [`up{job="${job}"}`]: '1x20 stale' },
      ]
      expect(await judged(cases.map((series) => ({ alert: 'silence', series, at: 600, rings: true })))).toBe('')
    },
  )
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everySeconds } from './render-rules.ts'
import { type Case, ownOnes, promtool } from './proofs/test-promtool.ts'
import { constant, disk, everySource, rising, rounds, type Series, upOf } from './proofs/test-series.ts'

let tool: Awaited<ReturnType<typeof promtool>>
beforeAll(async () => {
  tool = await promtool()
})
afterAll(() => tool.remove())
const judged = (cases: readonly Case[], every = everySeconds) => tool.judged(cases, every)

/** What rules of silence alone are about. */
const offset = 'node_timex_offset_seconds{job="node"}'
const maxError = 'node_timex_maxerror_seconds{job="node"}'
const jump = 'edge_clock_jump_seconds{job="edge"}'
const deaths = 'edge_service_restarts_total{service="pg1",job="edge"}'
const lost = 'alertmanager_notifications_failed_total{integration="email",job="alertmanager"}'
const ownFigures: Series = Object.fromEntries([offset, maxError, jump, deaths, lost].map((name) => [name, constant(0)]))

describe('a rule about what gives the alarm', () => {
  it('siteDown rings where nobody asks the site, and waits for a minute of that', async () => {
    const ended = { 'edge_probe_success{what="site",job="edge"}': '1x20 stale' }
    const cases = [
      { at: 300 + 45, rings: false },
      { at: 300 + 105, rings: true },
    ]
    expect(await judged(cases.map((one) => ({ alert: 'siteDown', series: ended, ...one })))).toBe('')
  })

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
      [upOf('edge')]: up,
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
      [upOf('prometheus')]: up,
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
      [maxError]: '0.5x47 6x455 0.5x40',
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

  /** With these it rings; the second is where its figure stands then. */
  const ringing: Readonly<Record<string, readonly [figure: string, values: string, well: string]>> = {
    restarts: [deaths, '0x20 1x10 2x10 3x5', '3x200'],
    clock: [offset, '0x20 0.6x40', '0x200'],
    clockUnset: [maxError, '0.5x20 6x60', '0.5x200'],
    delivery: [lost, '0x30 1x30', '1x200'],
  }

  it.each(Object.entries(ringing))(
    '%s that rings is the same one while its figure is gone, and clears when it is given and well',
    async (alert, [figure, values, well]) => {
      const of = (after: string, up = constant(1)): Series => ({
        ...everySource,
        ...ownFigures,
        node_timex_sync_status: '1x200',
        [upOf(/job="(\w+)"/.exec(figure)?.[1] ?? '')]: up,
        [figure]: `${values} ${after}`,
      })
      const until = values.match(/x\d+/g)?.reduce((sum, one) => sum + Number(one.slice(1)) + 1, 0) ?? Number.NaN
      const at = (later: number): number => (until + later) * everySeconds
      const cases: readonly Case[] = [
        ...[-1, 0, 1, 4, 60, 100].map((later) => ({ alert, series: of('stale'), at: at(later), rings: true })),
        // Its source ends altogether, which is no all-clear either.
        { alert, series: of('stale', `1x${until - 1} 0x200`), at: at(60), rings: true },
        { alert, series: of(well), at: at(60), rings: false },
        { alert, series: of(`stale _x60 ${well}`), at: at(180), rings: false },
      ]
      expect(await judged(cases)).toBe('')
    },
  )

  it.each([
    // Away altogether: `silence` says that.
    ['clock', { [jump]: '0x20 stale', [upOf('edge')]: '1x20 0x200' }],
    ['restarts', { [deaths]: '0x20 stale', [upOf('edge')]: '1x20 0x200' }],
    ['delivery', { [lost]: '0x20 stale', [upOf('alertmanager')]: '1x20 0x200' }],
    ['clockUnset', { [maxError]: '0x20 stale', [upOf('node')]: '1x20 0x200' }],
    // A look that failed.
    ['clock', { [jump]: '0x20 stale _x2 0x200' }],
    ['restarts', { [deaths]: '0x20 stale _x2 0x200' }],
  ])('%s misses nothing where there is %j', async (alert, given) => {
    const series = { ...everySource, ...ownFigures, ...given }
    const looks = [20, 23, 24, 25, 26, 40, 90].map((round) => round * everySeconds)
    expect(await judged(looks.map((at) => ({ alert, series, at, rings: false })))).toBe('')
  })

  it('is quiet about the clock of a kernel that tells nobody of it, and clears what else has rung there', async () => {
    const { [offset]: _, [maxError]: __, ...never } = { ...everySource, ...ownFigures }
    const jumped = { ...never, [jump]: '0x20 2x40 0x200' }
    const cases: readonly Case[] = [
      { alert: 'clock', series: never, at: 1200, rings: false },
      { alert: 'clock', series: jumped, at: 600, rings: true },
      { alert: 'clock', series: jumped, at: 1200, rings: false },
    ]
    expect(await judged(cases)).toBe('')
    expect(await judged([{ alert: 'clockUnset', series: never, at: 2400, rings: false }])).toBe('')
  })

  it('takes what has rung as a figure was gone for no sign that the clock was ever set', async () => {
    // Nobody ever set it; for 20 minutes the kernel's figure is gone.
    const series = {
      ...everySource,
      ...ownFigures,
      [maxError]: '16x20 stale _x80 16x200',
      'node_timex_sync_status{job="node"}': '0x300',
    }
    const cases = [
      { at: 1500, rings: true },
      { at: 2100, rings: false },
    ]
    expect(await judged(cases.map((one) => ({ alert: 'clockUnset', series, ...one })))).toBe('')
  })

  /** Of each rule about what gives the alarm: series with which it rings, and others with which it does not. */
  const own: Readonly<Record<string, { readonly rings: Series; readonly not: Series; readonly at?: number }>> = {
    silence: {
      rings: { ...everySource, [upOf('node')]: '1x4 0x200' },
      // As an earlier version of edge has named them, by their ports.
      not: {
        ...everySource,
        'up{job="node",instance="127.0.0.1:20017"}': constant(0),
        'pg_up{job="postgres",instance="127.0.0.1:20018"}': constant(0),
      },
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
      rings: { [deaths]: '0x20 1x10 2x10 3x200' },
      not: { [deaths]: '0x20 1x20 2x200' },
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
      rings: { [jump]: '0x20 -1.001x200', [offset]: constant(0) },
      not: { [jump]: constant(0.999), [offset]: constant(-0.099) },
    },
    clockUnset: {
      rings: { [maxError]: '0.5x20 6x60 16x200', node_timex_sync_status: '1x60 0x200' },
      // Nobody has ever set it.
      not: { [maxError]: constant(16), node_timex_sync_status: constant(0) },
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
      rings: { [lost]: '0x30 1x200' },
      not: { [lost]: constant(5) },
    },
  }

  it.each([
    ['email', 'email'],
    ['victorops', 'the receiver of a drill, where nobody answers,'],
    ['discord', 'the heartbeat to the outside'],
  ])('delivery calls what Alertmanager counts as %s %s', async (integration, says) => {
    const { annotations } = ownOnes.find(({ alert }) => alert === 'delivery') ?? {}
    const exp_annotations = { ...annotations, means: `Whoever relies on ${says} hears nothing.` }
    const series = { ...everySource, ...ownFigures, [lost.replace('email', integration)]: '0x30 1x200' }
    const shown = {
      interval: `${everySeconds}s`,
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: '690s',
          alertname: 'delivery',
          exp_alerts: [{ exp_labels: { integration }, exp_annotations: { ...exp_annotations, value: '1' } }],
        },
      ],
    }
    expect(await tool.tried('delivery', [shown])).toBe('')
  })

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
    ['silence', 'pg_up{job="postgres",instance="postgres"}', '1x20 0x200'],
    ['agent', 'edge_heartbeat_age_seconds{server="a"}', '2x20 stale'],
    ['siteDown', 'edge_probe_success{what="api",job="edge"}', '1x20 stale'],
    ['apiHangs', 'edge_process_answers{process="api2",job="edge"}', '1x20 stale'],
    ['certificate', 'edge_certificate_ends_seconds{of="site",job="edge"}', '1e9x20 stale'],
    ['clock', offset, '0x20 0.101x200'],
    ['clock', offset, '0x20 stale'],
    ['clock', jump, '0x20 stale'],
    ['clockUnset', maxError, '0.5x20 stale'],
    ['restarts', deaths, '0x20 stale'],
    ['delivery', lost, '0x20 stale'],
  ])('%s rings when its figure %s is %s, although everybody answers', async (alert, name, values) => {
    const heartbeat = { 'edge_heartbeat_age_seconds{server="a"}': constant(2) }
    const series = (of: Series) => ({ ...everySource, ...heartbeat, ...ownFigures, ...of })
    const cases = [
      { alert, series: series({ [name]: values }), at: 1200, rings: true },
      { alert, series: series({ [name]: values }), at: 285, rings: false },
    ]
    expect(await judged(cases)).toBe('')
  })

  it.each(['prometheus', 'alertmanager', 'node', 'postgres', 'edge'])(
    'silence rings when %s is down, and when Prometheus no longer asks it',
    async (job) => {
      const { [upOf(job)]: _, ...without } = { ...everySource }
      const cases = [
        { ...everySource, [upOf(job)]: '1x20 0x200' },
        { ...without, [upOf(job)]: '1x20 stale' },
      ]
      expect(await judged(cases.map((series) => ({ alert: 'silence', series, at: 600, rings: true })))).toBe('')
    },
  )
})

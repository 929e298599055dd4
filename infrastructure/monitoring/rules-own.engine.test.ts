import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Case, JudgedRules, ownOnes } from './proofs/judged-rules.ts'
import { everySeconds } from './render-rules.ts'
import { constant, disk, everySource, rising, rounds, type Series } from './proofs/test-series.ts'

let judged: JudgedRules
beforeAll(async () => {
  judged = await JudgedRules.make()
})
afterAll(() => judged.remove())

describe('the rules', () => {
  it('siteDown rings where nobody asks the site, and waits for a minute of that', async () => {
    const ended = { 'edge_probe_success{what="site",job="edge"}': '1x20 stale' }
    const cases = [
      { at: 300 + 45, rings: false },
      { at: 300 + 105, rings: true },
    ]
    expect(await judged.cases(cases.map((one) => ({ alert: 'siteDown', series: ended, ...one })))).toBe('')
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
    expect(await judged.cases(cases)).toBe('')
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
    expect(await judged.cases(cases)).toBe('')
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
    expect(await judged.cases([...cases, over], 300)).toBe('')
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
    expect(await judged.cases(cases)).toBe('')
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
    expect(await judged.cases(cases)).toBe('')
  })

  it.each(['prometheus', 'alertmanager', 'node', 'postgres', 'edge'])(
    'silence rings when %s is down, and when Prometheus no longer asks it',
    async (job) => {
      const { [`up{job="${job}"}`]: _, ...without } = { ...everySource }
      const cases = [
        { ...everySource, [`up{job="${job}"}`]: '1x20 0x200' },
        { ...without, [`up{job="${job}"}`]: '1x20 stale' },
      ]
      expect(await judged.cases(cases.map((series) => ({ alert: 'silence', series, at: 600, rings: true })))).toBe('')
    },
  )
})

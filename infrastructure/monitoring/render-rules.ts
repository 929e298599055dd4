import { stringify } from 'yaml'
import { type Boundary, boundariesOf, type Ruled } from '../../src/core/alarm.ts'
import { aliveAlert } from '../../src/core/alive.ts'
import { type Duration, duration, seconds } from '../../src/core/units.ts'
import { diskOperations } from './disk-operations.ts'
import { jobs } from './jobs.ts'
import { receiverInWords } from './own-receivers.ts'
import type { MonitoringSettings } from './settings.ts'

/** One rule, as Prometheus has it. */
export type Rule = {
  readonly alert: string
  readonly expr: string
  /** Seconds. */
  readonly for: number
  readonly annotations: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

/** Which rule is one of a drill. */
export const scaledLabel = 'scaled'

/** How often figures are fetched and rules are looked at, in seconds. */
export const everySeconds = 15

/**
 * What rings as nobody measures has no figure, and shows none: the value of such an expression is a count of looks, or one,
 * and would be read as a lag of four seconds.
 */
const unmeasured = (expression: string): string => `(${expression}) * NaN`
const value = '{{ if eq (printf "%v" $value) "NaN" }}nothing{{ else }}{{ $value }}{{ end }}'

const symbols = { above: '>', below: '<' } as const

/**
 * An alarm as a rule. CloudWatch counts so many measurements in a row, each over a period; Prometheus looks at the last
 * period, and waits for the others.
 */
export function ruleOf(alarm: Ruled, boundaries: readonly Boundary[] = boundariesOf(alarm, alarm.local.unit)): Rule {
  const { id, name, local, period, periods, silence, says, means, look, runbook } = alarm
  const figure = local.expression(windowOf(period))
  const fires = boundaries.map(({ side, at }) => `(${figure}) ${symbols[side]} ${at}`)
  const waits = seconds(period) * (periods - 1)
  const silent =
    silence === 'fires' ? silentFor(figure, name, waits, local.unwell) : [stillFiring(name, notWell(local.unwell))]
  return {
    alert: name,
    expr: [...fires, ...silent, ...(local.missing === undefined ? [] : [unmeasured(local.missing)])].join('\nor\n'),
    for: waits,
    annotations: { id, says, means, look, runbook, value },
  }
}

/** As Prometheus itself writes it. */
export const windowOf = (period: Duration): string =>
  seconds(period) % 60 === 0 ? `${seconds(period) / 60}m` : `${seconds(period)}s`

/** What fires goes on as long as that is so: it is no all-clear that nobody measures. */
const stillFiring = (alert: string, condition: string): string =>
  unmeasured(`group(ALERTS{alertname="${alert}",alertstate="firing"}) and on () ${condition}`)

/**
 * A source of figures is away: which of them an alarm has its figure from, nobody need know. Of programs that are asked for
 * their own figures, too, no alarm has any: one that is away would let none of them end.
 */
export const sources = `up{job=~"${Object.values(jobs).join('|')}"}`
const noneMeasures = `absent(${sources}) or min(${sources}) == 0`
/** Right after a start of Prometheus a window of a minute holds too little for a rate: that ends nothing. */
const measuredTooLittle = `absent(min(count_over_time(${sources}[1m])) >= 3)`

const notWell = (unwell?: string): string =>
  `(${[noneMeasures, measuredTooLittle, ...(unwell === undefined ? [] : [unwell])].join(' or ')})`

/**
 * Fires where there is no figure. An alarm that waits for nothing else waits for a minute of that: one look that failed is
 * none, nor is the first minute of Prometheus itself, which has asked nobody yet.
 */
function silentFor(figure: string, alert: string, waits: number, unwell?: string): readonly string[] {
  const held = unwell === undefined ? [] : [stillFiring(alert, `(${unwell})`)]
  if (waits >= 60) return [...held, unmeasured(`absent(${figure})`)]
  const looks = 60 / everySeconds
  const started = `time() - max(process_start_time_seconds{job="${jobs.prometheus}"}) > 60`
  return [
    ...held,
    stillFiring(alert, `absent(${figure})`),
    unmeasured(`count_over_time(absent(${figure})[1m:${everySeconds}s]) >= ${looks} and on () (${started})`),
  ]
}

/** Whoever is asked answers, and has not given this figure for a minute: what rings by it goes on, and else this begins. */
function ungiven(alert: string, figure: string, job: string, by: string, more = ''): readonly string[] {
  const own = `${figure}{job="${job}"}`
  const minute = (condition: string): string =>
    `count_over_time((${condition})[1m:${everySeconds}s]) >= ${60 / everySeconds}`
  const rings = (jobIs: string): string => `ALERTS{alertname="${alert}",alertstate="firing",job${jobIs}}`
  // One that is away altogether is the matter of `silence`.
  const begins = `${minute(`absent(${own})`)} and on () (${minute(`max(up{job="${job}"}) == 1`)})${more}`
  return [
    // Of another source's figure this says nothing: a machine may never give one of the two.
    unmeasured(`max by (${by}) (${rings(`=~"|${job}"`)}) and on () absent(${own})`),
    // Where it rings by the figure already, that goes on, and is one alarm.
    unmeasured(`${begins} unless on () ${rings('=""')}`),
  ]
}

/**
 * In seconds. The kernel knows of no more than half a second (MAXPHASE of its ntp.c): whoever slews the clock by it does so
 * from 0.128 s (ntpd) or 0.4 s (systemd-timesyncd) downwards, and sets it, which is a jump, from there on.
 */
export const clockBounds = { offset: 0.1, jump: 1, error: 5 } as const

/** So many figures of its window there have to be: of less than three hours nothing can be foretold. */
export const foretold = { windowSeconds: 6 * 3600, looks: 720 } as const

const filling = `edge_disk_free_bytes[${foretold.windowSeconds / 3600}h]`

/** A kernel that tells nobody of its clock gives no such figure, ever: nobody misses that. */
const given = (figure: string): string => ` and on () present_over_time(${figure}[1d])`
const offset = 'node_timex_offset_seconds'
const maxError = 'node_timex_maxerror_seconds'

/** What an alarm means, where it has a figure; and where it rings as there is none. */
const meansOr = (means: string, ungivenMeans: string): string =>
  `{{ if eq (printf "%v" $value) "NaN" }}${ungivenMeans}{{ else }}${means}{{ end }}.`

const runbook = 'monitoring.md'

/** It rings by what `edge verify` has found, and not by what is measured now. */
export const guaranteeAlert = 'guarantee'

type Limits = Pick<MonitoringSettings, 'disk' | 'alarms'>

/** What is to have a figure of its own: what is asked as a visitor asks, and the API's processes; by their names. */
export type Asked = { readonly probes: readonly string[]; readonly processes: readonly string[] }

/** What the reference app has. */
export const everyAsked: Asked = { probes: ['site', 'api'], processes: ['api1', 'api2'] }

/** Of each that is to have a figure of its own: it says no, or says nothing. Both are one alarm. */
const noYes = (figure: string, label: string, names: readonly string[]): string =>
  [
    `min by (${label}) (${figure}) == 0`,
    ...names.map((name) => unmeasured(`absent(${figure}{${label}="${name}"})`)),
  ].join('\nor\n')

/** The agent verifies each hour; so long may it be in vain. In the first hours of an instance `edge up` ends with it. */
export const unverifiedSeconds = 3 * 3600

/**
 * Nothing was verified for hours: no verdict says anything any more. Time that the machine slept, or in which nobody
 * looked, does not count. By a clock that was set back, a verdict of tomorrow is none either.
 */
function unverified(): string {
  const window = `${unverifiedSeconds / 3600}h`
  const looks = Math.round((unverifiedSeconds / everySeconds) * (5 / 6))
  const awake = `max(count_over_time(up{job="${jobs.prometheus}"}[${window}])) > ${looks}`
  // The last one that was heard of: that nobody hears of any is no all-clear.
  const last = `max(last_over_time(edge_verified_seconds[${window}]))`
  const none = `absent_over_time(edge_verified_seconds[${window}])`
  return unmeasured(`(abs(time() - ${last}) > ${unverifiedSeconds} or ${none}) and on () (${awake})`)
}

/** Deaths of one engine that are no accident any more. */
export const restarts = { atLeast: 3, within: duration('10 minutes') } as const

/** So long it rings that a message was lost. */
export const lostWithin = duration('10 minutes')

/** A heartbeat comes every few seconds. */
export const heartbeatAtMost = duration('60 seconds')

/** Not those that an earlier version of edge named by a port: they go on for five minutes as they were last. */
const ownSeries = (job: string): string => `{instance="${job}",job="${job}"}`

/** Alarms about what gives the alarm, and of what no promise is made. CloudWatch has no counterpart. */
export const ownRules = (limits: Limits, asked: Asked): readonly Rule[] => [
  {
    alert: 'silence',
    expr: [
      ...Object.values(jobs).map((job) => unmeasured(`absent(up${ownSeries(job)})`)),
      ...Object.values(jobs).map((job) => `up${ownSeries(job)} == 0`),
      // It answers, and cannot sign in.
      `pg_up${ownSeries(jobs.postgres)} == 0`,
      // It answers, and says nothing of what visitors were answered: without visitors these stand still, and are there.
      ...['edge_requests_total', 'edge_file_requests_total', 'edge_origin_seconds_count'].map((name) =>
        unmeasured(`absent(${name}{job="${jobs.edge}"})`),
      ),
    ].join('\nor\n'),
    for: 30,
    annotations: {
      says: 'Somebody is called when what measures falls silent.',
      means: 'Nobody knows whether the site is well: {{ $labels.job }} {{ $labels.server }} gives no figures.',
      look: 'edge status, then edge logs of the exporter that is down',
      runbook,
      value,
    },
  },
  {
    alert: 'siteDown',
    // Of a site that nobody can reach there is no line in any log: visitors' figures alone would be silent.
    expr: noYes('edge_probe_success', 'what', asked.probes),
    for: 60,
    annotations: {
      says: 'Somebody is called when the site gives no answer.',
      means: 'Visitors get nothing from the {{ $labels.what }}: it was asked every 15 seconds for a minute.',
      look: 'edge status, then edge logs of the engine that is down; edge verify cdn app',
      runbook: 'site-down.md',
      value,
    },
  },
  {
    alert: 'apiHangs',
    // Visitors get their answers from the other process: no figure of theirs tells of it. A replaced one is back by then.
    expr: noYes('edge_process_answers', 'process', asked.processes),
    for: 120,
    annotations: {
      says: 'Somebody is called when a process of the API hangs.',
      means:
        '{{ $labels.process }} has not answered for two minutes: the other process has all requests, and stands alone.',
      look: 'edge status, then edge logs {{ $labels.process }}; edge deploy app starts it anew',
      runbook: 'api-hangs.md',
      value,
    },
  },
  {
    alert: 'agent',
    expr: [
      `min(edge_heartbeat_age_seconds) > ${seconds(heartbeatAtMost)}`,
      // Nobody has a heartbeat at all, although somebody asks.
      unmeasured(
        `absent_over_time(edge_heartbeat_age_seconds[5m]) and on () (time() - max(process_start_time_seconds{job="${jobs.prometheus}"}) > 300)`,
      ),
      unverified(),
    ].join('\nor\n'),
    for: 30,
    annotations: {
      says: 'Somebody is called when the agent does its work no more.',
      means:
        'No heartbeat for a minute, or nothing verified for three hours: backups, renewals and verifications are not run.',
      look: 'edge status, then edge logs agent; edge verify',
      runbook,
      value,
    },
  },
  {
    alert: 'restarts',
    expr: [
      `sum by (service) (increase(edge_service_restarts_total[${windowOf(restarts.within)}])) >= ${restarts.atLeast}`,
      ...ungiven('restarts', 'edge_service_restarts_total', jobs.edge, 'job, service'),
    ].join('\nor\n'),
    for: 0,
    annotations: {
      says: 'Somebody is called when an engine ends again and again.',
      means:
        '{{ with $labels.service }}{{ . }} was restarted three times within ten minutes{{ else }}Nobody counts how often engines end{{ end }}.',
      look: 'edge logs {{ or $labels.service "edge-exporter" }} -n 100',
      runbook,
      value,
    },
  },
  {
    alert: 'certificate',
    // 30 days are promised of what lasts longer; what does not is renewed when a third is left.
    expr: [
      '(edge_certificate_ends_seconds - time() < 30 * 86400 and edge_certificate_lasts_seconds > 30 * 86400)',
      'edge_certificate_ends_seconds - time() < edge_certificate_lasts_seconds / 4',
      unmeasured('absent(edge_certificate_ends_seconds{job="edge",of="site"})'),
    ].join('\nor\n'),
    for: 600,
    annotations: {
      says: 'Somebody is called before a certificate ends.',
      means:
        'The certificate of the {{ $labels.of }} was not renewed: visitors, or the engines, will trust it no more.',
      look: 'edge verify cdn.certificate; edge logs agent',
      runbook: 'certificate.md',
      value,
    },
  },
  {
    alert: 'diskFilling',
    expr: `predict_linear(${filling}, 86400) < 0 and count_over_time(${filling}) > ${foretold.looks}`,
    for: 900,
    annotations: {
      says: 'Somebody is called when the disk will be full within a day.',
      means: 'At the rate of the last six hours nothing is free on the disk a day from now.',
      look: 'df -h; du -xh --max-depth=2 on the folder that edge status names',
      runbook: 'disk-full.md',
      value,
    },
  },
  {
    alert: 'clock',
    expr: [
      `max by (job) (abs(${offset})) > ${clockBounds.offset}`,
      `max by (job) (abs(edge_clock_jump_seconds)) > ${clockBounds.jump}`,
      ...ungiven('clock', offset, jobs.node, 'job', given(offset)),
      ...ungiven('clock', 'edge_clock_jump_seconds', jobs.edge, 'job'),
    ].join('\nor\n'),
    for: 0,
    annotations: {
      says: 'Somebody is called when the clock is off, or was set.',
      means: meansOr(
        'Backups, certificates and the point of a restore go by the clock, which is {{ $value }} s off, or was a moment ago',
        'Nobody knows whether the clock is right',
      ),
      look: 'timedatectl; date -u',
      runbook: 'clock.md',
      value,
    },
  },
  {
    alert: 'clockUnset',
    // The kernel's own bound of the error grows while nobody sets the clock. One that nobody has
    // set at all is none to call about; one that was set rings until it is set again, although the kernel forgets that it was.
    expr: [
      [
        `max(${maxError}) > ${clockBounds.error} and on () (max(max_over_time(node_timex_sync_status[1d])) == 1`,
        // Not that which rings as the figure is gone.
        'or max(max_over_time(ALERTS{alertname="clockUnset",alertstate="firing",job=""}[1d])))',
      ].join(' '),
      ...ungiven('clockUnset', maxError, jobs.node, 'job', given(maxError)),
    ].join('\nor\n'),
    for: 600,
    annotations: {
      says: 'Somebody is called when the clock is set no more by what has set it.',
      means: meansOr(
        'Nobody has set the clock for hours, as somebody did until then: it may be {{ $value }} s off',
        'Nobody knows whether the clock is still set, as it was until now',
      ),
      look: 'timedatectl; chronyc tracking, or systemctl status systemd-timesyncd',
      runbook: 'clock.md',
      value,
    },
  },
  {
    alert: guaranteeAlert,
    expr: [
      'min by (id) (edge_guarantee_kept unless on (id) edge_guarantee_silenced) == 0',
      unmeasured(
        `max by (id) (ALERTS{alertname="${guaranteeAlert}",alertstate="firing"}) and on () ${notWell('absent(edge_guarantee_kept)')}`,
      ),
    ].join('\nor\n'),
    // Whoever is at work on the machine has this time to mend it and to verify it again.
    for: 300,
    annotations: {
      says: 'Somebody is called when a guarantee is broken, whatever has broken it.',
      means: '{{ $labels.id }} was broken when it was verified last, which is done each hour.',
      look: 'edge verify {{ $labels.id }} says why, and ends this where it is kept again',
      runbook,
      value,
    },
  },
  ruleOf(diskOperations(limits)),
  {
    alert: 'delivery',
    expr: [
      `sum by (integration) (increase(alertmanager_notifications_failed_total[${windowOf(lostWithin)}])) > 0`,
      ...ungiven('delivery', 'alertmanager_notifications_failed_total', jobs.alertmanager, 'integration, job'),
    ].join('\nor\n'),
    for: 0,
    annotations: {
      says: 'Somebody is called when a notification could not be delivered.',
      means: `{{ with $labels.integration }}Whoever relies on ${receiverInWords} hears nothing{{ else }}Nobody knows whether notifications are delivered{{ end }}.`,
      look: 'edge notify test, then edge logs alertmanager',
      runbook,
      value,
    },
  },
]

/** Rings always: where it comes no more, somebody outside is not called any more, and notices. */
export const aliveRule: Rule = {
  alert: aliveAlert,
  expr: 'vector(1)',
  for: 0,
  annotations: {
    says: 'Somebody outside notices when this machine calls nobody any more.',
    means: 'Nothing is wrong: this alarm always rings, and calls monitoring.heartbeat.',
    look: 'nothing to look at',
    runbook,
    value,
  },
}

/** rules.yml, whole. */
export const rulesFile = (rules: readonly Rule[]): string =>
  stringify(
    {
      groups: [
        {
          name: 'edge',
          rules: rules.map(({ for: lasts, ...rule }) => ({ ...rule, for: `${lasts}s` })),
        },
      ],
    },
    { lineWidth: 0 },
  )

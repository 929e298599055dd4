import type { AlarmOnAws } from './cloudwatch-alarm.ts'
import type { Severity } from './severity.ts'
import { count, duration, type Duration } from './units.ts'

/** So many periods, one after the other. */
type InARow = { readonly period: Duration; readonly periods: number }

/** A function of ours, and when somebody is called about it: one that fails, or that nobody calls, is silence. */
export type OwnFunction = {
  /** Behind the name of the instance: `replica-heartbeat`. */
  readonly name: string
  readonly severity: Severity
  /** Where it stands; the configured region where nothing is said. */
  readonly region?: string
  /** It failed in each of these. Not shorter than it may run: its error has the time at which it was called. */
  readonly failed: InARow
  /**
   * The clock calls it, and has not in any of these. Or the name of a figure that is gone or grows where the clock does not
   * call it: the alarm about that rings then. Absent where events alone call it.
   */
  readonly silent?: InARow | { readonly seenBy: string }
  /** What it means that it fails. */
  readonly means: string
  /** A file below `docs/runbooks`. */
  readonly runbook: string
}

/** An alarm about a function. */
export type FunctionAlarm = AlarmOnAws & {
  readonly severity: Severity
  /** The function that it is about, behind the name of the instance. */
  readonly of: string
}

/** What all alarms about functions look at. */
export const functionNamespace = 'AWS/Lambda'

const aboutOf = ({ name, severity, region, means, runbook }: OwnFunction, word: 'errors' | 'silent') => ({
  id: `${name}.${word}`,
  name: `${name}.${word}`,
  of: name,
  severity,
  means,
  runbook,
  look: `aws logs tail /aws/lambda/NAME-${name} --since 1h${region === undefined ? '' : ` --region ${region}`}, with the name of the instance`,
})

/**
 * That a function fails, or has no room to run (Lambda's limit of the account). One that is not called again rings on, and the
 * next call that goes well ends it: also where Lambda puts no figure of 0 beside it, which it does not promise. Nothing rings
 * of one that was never called.
 */
export const failingAlarm = (one: OwnFunction): FunctionAlarm => ({
  ...aboutOf(one, 'errors'),
  says: `Somebody is called when ${one.name} fails.`,
  fires: { above: count(0, 'errors') },
  metric: { name: 'Errors', statistic: 'Sum', unit: 'count', plus: ['Throttles'], measuredWith: 'Invocations' },
  ...one.failed,
  silence: 'stays',
})

/** That the clock does not call a function: of what does not run Lambda puts no figure. */
export const silentAlarms = (one: OwnFunction): readonly FunctionAlarm[] =>
  one.silent === undefined || 'seenBy' in one.silent
    ? []
    : [
        {
          ...aboutOf(one, 'silent'),
          says: `Somebody is called when nothing calls ${one.name}.`,
          fires: { below: count(1, 'call') },
          metric: { name: 'Invocations', statistic: 'Sum', unit: 'count' },
          ...one.silent,
          silence: 'fires',
        },
      ]

const reminders: Omit<OwnFunction, 'name'> = {
  severity: 'warning',
  // It is called each quarter of an hour, and once more where it fails.
  failed: { period: duration('15 minutes'), periods: 2 },
  silent: { period: duration('15 minutes'), periods: 3 },
  means: 'Nobody is told again of what still rings, nor of what has joined it.',
  runbook: 'monitoring.md',
}

const webhook: Omit<OwnFunction, 'name'> = {
  severity: 'critical',
  failed: { period: duration('5 minutes'), periods: 1 },
  means: 'Letters do not reach the webhook: whoever reads there alone hears of nothing.',
  runbook: 'monitoring.md',
}

/** All alarms about functions. */
export const alarmsOfFunctions = (all: readonly OwnFunction[]): readonly FunctionAlarm[] =>
  all.flatMap((one) => [failingAlarm(one), ...silentAlarms(one)])

/** What stands beside topics; `before`: what their names begin with, behind that of the instance. */
export const besideTopics = (
  { hasWebhook }: { readonly hasWebhook: boolean },
  { before = '', ...where }: { readonly before?: string; readonly region?: string } = {},
): readonly OwnFunction[] => [
  { name: `${before}reminders`, ...where, ...reminders },
  ...(hasWebhook ? [{ name: `${before}webhook`, ...where, ...webhook }] : []),
]

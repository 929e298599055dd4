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
  /** The rules of EventBridge that call it, behind the name of the instance: `backup-made`. */
  readonly rules?: readonly string[]
  /** What it means that it fails. */
  readonly means: string
  /** A file below `docs/runbooks`. */
  readonly runbook: string
}

/** A rule of EventBridge of ours, and when somebody is called about it. */
export type OwnRule = Pick<OwnFunction, 'name' | 'severity' | 'region' | 'means' | 'runbook'>

/** Where CloudWatch has the figures of functions, and those of rules; by which dimension each has its own. */
const figuresOf = {
  function: { namespace: 'AWS/Lambda', dimension: 'FunctionName' },
  rule: { namespace: 'AWS/Events', dimension: 'RuleName' },
} as const

/** An alarm about a function, or about a rule that is to call one or a topic. */
export type FunctionAlarm = AlarmOnAws & {
  readonly severity: Severity
  /** The function or the rule that it is about, behind the name of the instance. */
  readonly of: string
  readonly kind: keyof typeof figuresOf
}

export const functionNamespace = figuresOf.function.namespace

/** What an alarm looks at in CloudWatch, but for the figure's name. `name`: of the instance. */
export function lookedAtBy({ kind, of }: Pick<FunctionAlarm, 'kind' | 'of'>, name: string) {
  const { namespace, dimension } = figuresOf[kind]
  return { namespace, dimensions: { [dimension]: `${name}-${of}` } }
}

const aboutOf = ({ name, severity, region, means, runbook }: OwnFunction, word: 'errors' | 'silent') => ({
  id: `${name}.${word}`,
  name: `${name}.${word}`,
  of: name,
  kind: 'function' as const,
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

/**
 * That a rule cannot call whom it is to call, as where a right is gone: the function runs no more, or the letter is lost, and
 * nothing else says so of what comes once a day or a week. An alarm for each rule, not one for the sum of a stack's: EventBridge
 * has this figure only while it is not 0, so that a sum would be of figures that mostly were never there; and it costs as
 * much, as CloudWatch counts figures. An hour: between two calls of the clock that fail nobody is told that it is over.
 */
export const ruleAlarm = ({ name, severity, region, means, runbook }: OwnRule): FunctionAlarm => ({
  id: `${name}.rule`,
  name: `${name}.rule`,
  of: name,
  kind: 'rule',
  severity,
  means,
  runbook,
  look: `aws events list-targets-by-rule --rule NAME-${name}${region === undefined ? '' : ` --region ${region}`} says whom it calls, with the name of the instance: is that there, and may EventBridge call it?`,
  says: `Somebody is called when the rule ${name} cannot call.`,
  fires: { above: count(0, 'calls') },
  metric: { name: 'FailedInvocations', statistic: 'Sum', unit: 'count' },
  period: duration('1 hour'),
  periods: 1,
  silence: 'fine',
})

/** Those about the rules that call a function: that they cannot means what it means that it fails. */
export const ruleAlarms = ({ rules = [], ...one }: OwnFunction): readonly FunctionAlarm[] =>
  rules.map((name) => ruleAlarm({ ...one, name }))

const reminders: Omit<OwnFunction, 'name' | 'rules'> = {
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

/** All alarms about functions, and about the rules that call them. */
export const alarmsOfFunctions = (all: readonly OwnFunction[]): readonly FunctionAlarm[] =>
  all.flatMap((one) => [failingAlarm(one), ...silentAlarms(one), ...ruleAlarms(one)])

/** What stands beside topics; `before`: what their names begin with, behind that of the instance. */
export const besideTopics = (
  { hasWebhook }: { readonly hasWebhook: boolean },
  { before = '', ...where }: { readonly before?: string; readonly region?: string } = {},
): readonly OwnFunction[] => [
  { name: `${before}reminders`, rules: [`${before}remind-every`], ...where, ...reminders },
  ...(hasWebhook ? [{ name: `${before}webhook`, ...where, ...webhook }] : []),
]

import { type Alarm as CloudWatchAlarm, CompositeAlarm, type IAlarm, type IAlarmRule } from 'aws-cdk-lib/aws-cloudwatch'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { severities, type Severity } from '../../core/severity.ts'
import type { CallingAlarm } from './alarm.ts'

/** An alarm with what CloudWatch has of it: one for each of its boundaries. */
export type Watching = { readonly alarm: CallingAlarm; readonly made: readonly CloudWatchAlarm[] }

/** What is less urgent waits so long for what is critical to begin, and after its end for its own. */
export const waits = { before: 300, after: 300 } as const

/** What is said of an alarm in the letter of what calls for it. */
type CalledFor = Pick<CallingAlarm, 'name' | 'runbook'>

/** What the letter says for several alarms: CloudWatch has room for what each is done about, and not for all that each says. */
export function descriptionOfCall(severity: Severity, alarms: readonly CalledFor[]): string {
  const pages = [...new Set(alarms.map(({ runbook }) => runbook))].map((page) => {
    const its = alarms.filter(({ runbook }) => runbook === page).map(({ name }) => name)
    return `${page} (${its.join(', ')})`
  })
  return `Something ${severity} rings: the reason names it. Its own description says what it means and how to look. What to do, in docs/runbooks: ${pages.join(', ')}`
}

/** What calls for alarms of one severity, in its template. */
export const callOf = (severity: Severity): string => (severity === 'critical' ? 'CallsCritical' : 'CallsWarning')

/**
 * One outage is one letter. The alarms of one severity of a stack call together, by one alarm that is beyond its boundary
 * where any of them is; and what is less urgent calls nobody while what is critical does. One that stands alone calls by
 * itself. `name`: of the stack, as it begins the names of what calls. Answers what calls for what is critical.
 */
export function callTogether(scope: Construct, name: string, all: readonly Watching[]): void {
  let critical: IAlarm | undefined
  for (const severity of severities) {
    const its = all.filter(({ alarm }) => alarm.severity === severity)
    const made = its.flatMap((one) => one.made)
    const topic = its[0]?.alarm.topic
    const [first] = made
    if (first === undefined || topic === undefined) continue
    const caller = made.length === 1 ? first : together(scope, name, severity, its, critical)
    calls(caller, topic)
    // CDK's types are not written for exactOptionalPropertyTypes: its own alarms are none of its IAlarms.
    if (severity === 'critical') critical = caller as IAlarm
  }
}

/** Calls a topic when an alarm begins; whoever was called is told, too, that it is over. */
export function calls(caller: CloudWatchAlarm | CompositeAlarm, topic: string): void {
  const action = { bind: () => ({ alarmActionArn: topic }) }
  caller.addAlarmAction(action)
  caller.addOkAction(action)
}

function together(
  scope: Construct,
  name: string,
  severity: Severity,
  its: readonly Watching[],
  critical: IAlarm | undefined,
): CompositeAlarm {
  const made = its.flatMap((one) => one.made)
  const rule: IAlarmRule = { renderAlarmRule: () => made.map(({ alarmName }) => `ALARM("${alarmName}")`).join(' OR ') }
  return new CompositeAlarm(scope, callOf(severity), {
    compositeAlarmName: `${name}-${severity}`,
    alarmDescription: descriptionOfCall(
      severity,
      its.map(({ alarm }) => alarm),
    ),
    alarmRule: rule,
    ...(critical
      ? {
          actionsSuppressor: critical,
          actionsSuppressorWaitPeriod: Duration.seconds(waits.before),
          actionsSuppressorExtensionPeriod: Duration.seconds(waits.after),
        }
      : {}),
  })
}

import {
  CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'

/** What calls for alarms of an instance, as CloudWatch has it. */
export async function callersOf(client: ClientSettings, name: string): Promise<readonly CompositeAlarm[]> {
  const found: CompositeAlarm[] = []
  const asked = { AlarmNamePrefix: `${name}-`, AlarmTypes: ['CompositeAlarm' as const] }
  for await (const { CompositeAlarms: some = [] } of paginateDescribeAlarms(
    { client: new CloudWatchClient(client) },
    asked,
  ))
    found.push(...some)
  return found
}

const any = /^ALARM\("([^"]+)"\)$/

/** The alarms of which any one is enough, in a rule of nothing else; empty where a rule asks for more than that. */
function calledFor({ AlarmRule: rule = '' }: CompositeAlarm): readonly string[] {
  const terms = rule.split(' OR ').map((term) => any.exec(term.trim())?.[1])
  return terms.every((term) => term !== undefined) ? terms.map((term) => term.split(':').at(-1) ?? term) : []
}

/** Why an alarm calls nobody at a topic, by itself or by what calls for it; undefined where it does. */
export function silentBecause(
  alarm: MetricAlarm,
  topic: string,
  callers: readonly CompositeAlarm[],
): string | undefined {
  if (alarm.AlarmActions?.includes(topic)) return undefined
  const caller = callers.find((one) => calledFor(one).includes(alarm.AlarmName ?? ''))
  if (!caller) return 'calls nobody'
  if (caller.ActionsEnabled === false) return `calls nobody: ${caller.AlarmName}, which calls for it, is switched off`
  if (!caller.AlarmActions?.includes(topic)) return `calls nobody: nor does ${caller.AlarmName}, which calls for it`
  return undefined
}

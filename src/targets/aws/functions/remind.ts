// Runs on AWS each quarter of an hour: CloudWatch tells once that an alarm rings, and nothing of one that joins it while what
// calls for both rings already. The stack carries what bundle.ts makes of this file, into a runtime that has the SDK.
import {
  type CompositeAlarm,
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'

type Alarm = MetricAlarm | CompositeAlarm
type Times = Pick<Alarm, 'StateTransitionedTimestamp' | 'StateUpdatedTimestamp'>
/** Alarms of one severity, and what calls for them; each calls by itself where nothing does. */
type Group = { readonly caller?: string; readonly alarms: readonly string[] }
type Stack = { readonly critical: Group; readonly warning: Group }

const looksEveryMs = 15 * 60_000
/** What begins with the first one was told with it. */
const atOnceMs = 60_000

const env = (name: string): string => process.env[name] ?? ''
const begun = (alarm: Times): number => Number(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)

/** Alarms that ring, by name; and what calls, where somebody has switched it off. */
async function look(names: readonly string[]) {
  const asked = {
    AlarmNames: [...names],
    AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const],
    MaxRecords: 100,
  }
  const [ringing, silenced] = [new Map<string, Alarm>(), new Set<string>()]
  for await (const page of paginateDescribeAlarms({ client: new CloudWatchClient({}) }, asked))
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]) {
      const { AlarmName: name = '' } = alarm
      if (alarm.ActionsEnabled === false) silenced.add(name)
      else if (alarm.StateValue === 'ALARM') ringing.set(name, alarm)
    }
  return { ringing, silenced }
}

/** Whether it is time for a reminder of what has rung since `first`, or something has joined that which nobody was told of. */
export function isDue(alarms: readonly Times[], now: number, everyMs: number, eachCalls = false): boolean {
  const first = Math.min(...alarms.map(begun))
  const rounds = (at: number): number => Math.max(0, Math.floor((at - first) / everyMs))
  const joined = (at: number): boolean => at > now - looksEveryMs && at <= now && at - first > atOnceMs
  if (rounds(now) > rounds(now - looksEveryMs)) return true
  return !eachCalls && alarms.some((alarm) => joined(begun(alarm)))
}

const line = (alarm: Alarm): string =>
  `${alarm.AlarmName}, since ${new Date(begun(alarm)).toISOString()}: ${alarm.AlarmDescription ?? ''} ${alarm.StateReason ?? ''}`

async function tell(TopicArn: string, all: readonly Alarm[]): Promise<void> {
  const Subject = `[${env('INSTANCE')}] still rings: ${all.length} alarm${all.length === 1 ? '' : 's'}`
  const Message = `${all.map(line).join('\n\n')}\n\nWhat to do is in docs/runbooks.`
  await new SNSClient({}).send(new PublishCommand({ TopicArn, Subject, Message }))
}

export async function handler({ time }: { readonly time: string }): Promise<void> {
  // The stack has written it (reminders.ts).
  const stacks = JSON.parse(env('ALARMS')) as readonly Stack[]
  const groups = stacks.flatMap(({ critical, warning }) => [critical, warning])
  const { ringing, silenced } = await look(
    groups.flatMap(({ caller, alarms }) => [...(caller ? [caller] : []), ...alarms]),
  )
  const of = ({ caller = '', alarms }: Group): readonly Alarm[] =>
    silenced.has(caller) ? [] : alarms.flatMap((name) => ringing.get(name) ?? [])
  for (const { critical, warning } of stacks) {
    const [urgent, others] = [of(critical), of(warning)]
    // What is less urgent calls nobody by itself while what is critical rings.
    const [loud, topic, { caller }] =
      urgent.length > 0 ? [urgent, 'CRITICAL_TOPIC', critical] : ([others, 'WARNING_TOPIC', warning] as const)
    if (loud.length === 0 || !isDue(loud, Date.parse(time), Number(env('REMIND_EVERY_MS')), caller === undefined))
      continue
    await tell(env(topic), loud === urgent ? [...urgent, ...others] : others)
  }
}

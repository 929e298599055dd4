import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { type Alarm, boundariesOf } from '../../../src/core/alarm.ts'
import { broken, type Check, declared, kept, notClaimed, type Verdict } from '../../../src/core/check.ts'
import type { ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import { severityOf } from '../severity.ts'
import type { DeployedTopics } from './outputs.ts'

export type MonitoringEndpointOnAws = ProvenStack & {
  /** Name of the instance: begins the names of its alarms. */
  readonly name: string
  readonly topics: DeployedTopics
  /** Alarms that call somebody, in whichever stack they stand. */
  readonly alarms: readonly Alarm[]
}

type Promise = keyof typeof severityOf

const next = 'edge plan --target aws --drift shows what a hand changed'

/** An alarm that is on, begins where the configuration says, and calls addresses that have said that they want letters. */
export const alarmCalls =
  (promise: Promise): Check<MonitoringEndpointOnAws> =>
  async ({ name, topics, alarms, deployed: { client } }) => {
    const alarm = alarms.find((one) => one.name === promise)
    if (!alarm) return notClaimed('on AWS nobody is called about this yet')
    const topic = topics[severityOf[promise]]
    const bounds = boundariesOf(alarm, alarm.metric.unit)
    const names = bounds.map(({ side }) => `${name}-${alarm.id}${bounds.length === 1 ? '' : `-${side}`}`)
    const { MetricAlarms: found = [] } = await new CloudWatchClient(client).send(
      new DescribeAlarmsCommand({ AlarmNames: names }),
    )
    const wrong = names.flatMap((one, index) =>
      problemOf(
        one,
        bounds[index]?.at,
        topic,
        found.find(({ AlarmName: its }) => its === one),
      ),
    )
    return verdictOf(
      { alarm: names, threshold: bounds.map(({ at }) => String(at)), topic },
      wrong,
      await subscribers(client, topic),
    )
  }

function problemOf(
  name: string,
  threshold: number | undefined,
  topic: string,
  found: MetricAlarm | undefined,
): string[] {
  if (!found) return [`there is no alarm ${name}`]
  return [
    ...(found.ActionsEnabled === false ? [`${name} is switched off`] : []),
    ...(found.Threshold === threshold ? [] : [`${name} begins at ${found.Threshold}, not at ${threshold}`]),
    ...(found.AlarmActions?.includes(topic) ? [] : [`${name} calls nobody`]),
  ]
}

/** Addresses of a topic, and those of them that have not said yet that they want its letters. */
async function subscribers(client: ClientSettings, topic: string) {
  const { Subscriptions: found = [] } = await new SNSClient(client).send(
    new ListSubscriptionsByTopicCommand({ TopicArn: topic }),
  )
  const silent = found.filter(({ SubscriptionArn: arn = '' }) => !arn.startsWith('arn:'))
  return { all: found.map(({ Endpoint: to = '' }) => to), silent: silent.map(({ Endpoint: to = '' }) => to) }
}

function verdictOf(
  facts: Readonly<Record<string, string | readonly string[]>>,
  wrong: readonly string[],
  { all, silent }: { readonly all: readonly string[]; readonly silent: readonly string[] },
): Verdict {
  const evidence = declared({ ...facts, called: all, 'not confirmed': silent })
  if (wrong[0] !== undefined) return broken(evidence, wrong.join('; '), next)
  if (all.length === 0) return broken(evidence, 'nobody is called', 'aws.notify names addresses, by how urgent it is')
  const who = silent.join(', ')
  if (silent.length > 0)
    return broken(
      evidence,
      `${who} has not confirmed`,
      `the letter of AWS to ${who} has a link: whoever reads it follows it`,
    )
  return kept(evidence)
}

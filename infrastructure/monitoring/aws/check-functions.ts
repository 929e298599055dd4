import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { boundariesOf } from '../../../src/core/alarm.ts'
import { type FunctionAlarm, lookedAtBy } from '../../../src/core/own-function.ts'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import { problemsOf } from './check-alarm.ts'
import type { DeployedTopics } from './outputs.ts'

type Asked = { readonly name: string; readonly topics: DeployedTopics; readonly alarms: readonly FunctionAlarm[] }

/** What of alarms about functions and rules is otherwise than it has to be, as CloudWatch has them. `name`: of the instance. */
export async function functionAlarmProblems(
  client: ClientSettings,
  { name, topics, alarms }: Asked,
): Promise<readonly string[]> {
  const asked = new DescribeAlarmsCommand({ AlarmNames: alarms.map(({ id }) => `${name}-${id}`) })
  const { MetricAlarms: found = [] } = await new CloudWatchClient(client).send(asked)
  return alarms.flatMap((alarm) => {
    const named = `${name}-${alarm.id}`
    const its = found.find(({ AlarmName }) => AlarmName === named)
    if (!its) return `there is no ${named}`
    const watched = { alarm, ...lookedAtBy(alarm, name) }
    const calls = { topic: topics[alarm.severity], callers: [] }
    return boundariesOf(alarm, alarm.metric.unit)
      .flatMap((boundary) => problemsOf(watched, boundary, calls, its))
      .map((problem) => `${named} ${problem}`)
  })
}

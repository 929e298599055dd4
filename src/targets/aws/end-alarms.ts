import {
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { GetFunctionConfigurationCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { messageOf } from '../../core/errors.ts'
import { functionNamespace } from '../../core/own-function.ts'

/**
 * Ends alarms of an instance that ring about functions which are gone: they wait for a call that goes well (`ignore`), and none
 * comes any more. Answers what an operator has to know of it. Never throws: the stacks are deleted by then.
 */
export async function endAlarmsOfGoneFunctions(name: string, regions: readonly string[]): Promise<readonly string[]> {
  const ended = await Promise.all(
    regions.map((region) =>
      endIn(name, region).catch((error: unknown) => [
        `Whether an alarm rings on about a function that is gone is not known (${region}): ${messageOf(error)}`,
      ]),
    ),
  )
  return ended.flat()
}

async function endIn(name: string, region: string): Promise<readonly string[]> {
  const cloudWatch = new CloudWatchClient({ region })
  const asked = { AlarmNamePrefix: `${name}-`, StateValue: 'ALARM' as const, AlarmTypes: ['MetricAlarm' as const] }
  const ringing: MetricAlarm[] = []
  for await (const { MetricAlarms: some = [] } of paginateDescribeAlarms({ client: cloudWatch }, asked))
    ringing.push(...some)
  const ended: string[] = []
  for (const alarm of ringing) {
    const { AlarmName } = alarm
    const about = functionOf(alarm)
    if (about === undefined || AlarmName === undefined || (await isThere(about, region))) continue
    const StateReason = `edge: the function ${about} is gone`
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason }))
    ended.push(`Ended: ${AlarmName} rang about a function that is gone`)
  }
  return ended
}

const functionOf = ({ Namespace: namespace, Dimensions: dimensions = [] }: MetricAlarm): string | undefined =>
  namespace === functionNamespace ? dimensions.find(({ Name: name }) => name === 'FunctionName')?.Value : undefined

async function isThere(FunctionName: string, region: string): Promise<boolean> {
  try {
    await new LambdaClient({ region }).send(new GetFunctionConfigurationCommand({ FunctionName }))
    return true
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false
    throw error
  }
}

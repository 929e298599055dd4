import {
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { GetFunctionConfigurationCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { messageOf } from '../../core/errors.ts'
import { functionNamespace } from '../../core/own-function.ts'
import { asOneFigure } from './alarm-proof.ts'
import type { ClientSettings } from './deployed-stack.ts'
import { at, list } from './template.ts'

/**
 * Ends alarms of an instance that ring about functions which are gone: they wait for a call that goes well (`ignore`), and none
 * comes any more. Answers what an operator has to know of it. Never throws: the stacks are deleted by then.
 */
export async function endAlarmsOfGoneFunctions(
  name: string,
  clients: readonly ClientSettings[],
): Promise<readonly string[]> {
  const ended = await Promise.all(
    clients.map((client) =>
      endIn(name, client).catch((error: unknown) => [
        `Whether an alarm rings on about a function that is gone is not known (${client.region}): ${messageOf(error)}`,
      ]),
    ),
  )
  return ended.flat()
}

async function endIn(name: string, client: ClientSettings): Promise<readonly string[]> {
  const cloudWatch = new CloudWatchClient(client)
  const asked = { AlarmNamePrefix: `${name}-`, StateValue: 'ALARM' as const, AlarmTypes: ['MetricAlarm' as const] }
  const ringing: MetricAlarm[] = []
  for await (const { MetricAlarms: some = [] } of paginateDescribeAlarms({ client: cloudWatch }, asked))
    ringing.push(...some)
  const ended: string[] = []
  for (const alarm of ringing) {
    const { AlarmName } = alarm
    const about = functionOf(alarm)
    if (about === undefined || AlarmName === undefined || (await isThere(about, client))) continue
    const StateReason = `edge: the function ${about} is gone`
    await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason }))
    ended.push(`Ended: ${AlarmName} rang about a function that is gone`)
  }
  return ended
}

/** The function that an alarm is about, by a figure or by a sum of some. */
export function functionOf(alarm: MetricAlarm): string | undefined {
  const figure = asOneFigure(alarm)
  const its = list(at(figure, 'Dimensions')).find((one) => at(one, 'Name') === 'FunctionName')
  const name = at(figure, 'Namespace') === functionNamespace ? at(its, 'Value') : undefined
  return typeof name === 'string' ? name : undefined
}

async function isThere(FunctionName: string, client: ClientSettings): Promise<boolean> {
  try {
    await new LambdaClient(client).send(new GetFunctionConfigurationCommand({ FunctionName }))
    return true
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false
    throw error
  }
}

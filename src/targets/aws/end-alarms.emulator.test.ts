import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateFunctionCommand, DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { Between, letThrough } from '../../../test/ministack/between.ts'
import { endAlarmsOfGoneFunctions } from './end-alarms.ts'

const region = 'us-east-1'
let between: Between
beforeAll(async () => {
  between = await Between.withEmulator()
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  await new LambdaClient({ region }).send(
    new CreateFunctionCommand({
      FunctionName: 'trial-webhook',
      Role: 'arn:aws:iam::000000000000:role/trial',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      // Nobody runs it: the end of an archive that has no files is a whole archive.
      Code: { ZipFile: Buffer.from([0x50, 0x4b, 5, 6, ...Array.from({ length: 18 }, () => 0)]) },
    }),
  )
  await rings('trial-webhook.errors', 'trial-webhook')
  await rings('trial-backup-figures.errors', 'trial-backup-figures')
  await rings('trial-monitoring.databaseCpu', 'trial-primary', 'AWS/RDS', 'DBInstanceIdentifier')
  // Of another instance, which was deployed and destroyed by somebody else.
  await rings('trial2-backup-figures.errors', 'trial2-backup-figures')
})
afterEach(() => {
  between.rule = letThrough
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

async function rings(AlarmName: string, Value: string, Namespace = 'AWS/Lambda', Name = 'FunctionName'): Promise<void> {
  const client = new CloudWatchClient({ region })
  const how = { Statistic: 'Sum', Period: 300, EvaluationPeriods: 1, TreatMissingData: 'ignore' } as const
  const beyond = { Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' } as const
  const of = { Namespace, MetricName: 'Errors', Dimensions: [{ Name, Value }] }
  await client.send(new PutMetricAlarmCommand({ AlarmName, ...of, ...how, ...beyond }))
  await client.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }))
}

async function ringing(): Promise<readonly string[]> {
  const { MetricAlarms: all = [] } = await new CloudWatchClient({ region }).send(new DescribeAlarmsCommand({}))
  return all.flatMap(({ AlarmName: name = '', StateValue: state }) => (state === 'ALARM' ? [name] : [])).toSorted()
}

it('ends the alarm about a function that is gone, and no other one', async () => {
  expect(await endAlarmsOfGoneFunctions('trial', [{ region }])).toEqual([
    'Ended: trial-backup-figures.errors rang about a function that is gone',
  ])
  const others = ['trial-monitoring.databaseCpu', 'trial-webhook.errors', 'trial2-backup-figures.errors']
  expect(await ringing()).toEqual(others)
  expect(await endAlarmsOfGoneFunctions('trial', [{ region }])).toEqual([])
})

it('says of a region where it may not look that nobody knows, and ends what it finds in another one', async () => {
  await new LambdaClient({ region }).send(new DeleteFunctionCommand({ FunctionName: 'trial-webhook' }))
  const body = '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>'
  between.rule = async () => ({ status: 403, body })
  expect(await endAlarmsOfGoneFunctions('trial', [{ region }])).toEqual([
    expect.stringMatching(/^Whether an alarm rings on about a function that is gone is not known \(us-east-1\): /),
  ])
  between.rule = letThrough
  expect(await endAlarmsOfGoneFunctions('trial', [{ region }])).toEqual([
    'Ended: trial-webhook.errors rang about a function that is gone',
  ])
})

import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../src/core/verify.ts'
import { clientOf } from './emulator-client.ts'
import { MiniStack } from './ministack/ministack.ts'
import { ToyCopy } from './toy-copy.ts'

let emulator: MiniStack
let copy: ToyCopy
let cloudWatch: CloudWatchClient

beforeAll(async () => {
  emulator = await MiniStack.start()
  const configuration = { target: 'aws', site: { static: 'web' }, toy: { patience: '2 seconds' } }
  copy = await ToyCopy.make(() => ({ ...configuration, name: 'trial' }), emulator.environment)
  cloudWatch = new CloudWatchClient(clientOf(emulator.address))
})
afterAll(async () => {
  await emulator.stop()
  await copy.delete()
})

async function alarm() {
  const { MetricAlarms: [found] = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: ['trial-toy.slow'] }),
  )
  return found
}

async function slow(): Promise<JudgementJson | undefined> {
  const { stdout } = await copy.edge('verify', 'toy', '--json')
  const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
  return guarantees.find(({ id }) => id === 'toy.slow')
}

describe('a room more, on AWS', () => {
  it('is one folder and one file that names it', () => {
    expect(copy.touched.toSorted()).toEqual(copy.oneFolderAndOneLine)
  })

  it('comes after the stack with the topics, which it needs', async () => {
    expect(await copy.must('plan', 'toy')).toMatch(/trial-monitoring [^]*trial-toy .*\n.*NOT SHOWN.*trial-monitoring/)
  })

  it('is deployed with its alarm, which calls by the topic of the other stack', async () => {
    expect(await copy.must('deploy', 'toy', '--yes')).toMatch(/trial-monitoring: .*\n[^]*trial-toy: /)
    const topic = expect.stringMatching(/^arn:aws:sns:us-east-1:000000000000:trial-critical$/)
    expect(await alarm()).toMatchObject({ Threshold: 1000, AlarmActions: [topic], OKActions: [topic] })
  })

  it('is verified by what AWS answers: broken while somebody else has changed the alarm', async () => {
    expect(await slow()).toMatchObject({ verdict: 'kept' })
    const found = await alarm()
    if (!found?.AlarmName) throw new Error('there is no alarm')
    const put = (Threshold: number) =>
      cloudWatch.send(new PutMetricAlarmCommand({ ...found, AlarmName: 'trial-toy.slow', Threshold }))
    await put(60_000)
    expect(await slow()).toMatchObject({ verdict: 'broken' })
    await put(1000)
    expect(await slow()).toMatchObject({ verdict: 'kept' })
  })
})

import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnOutput, Stack } from 'aws-cdk-lib/core'
import type { ChecksFor } from '../../../src/core/check.ts'
import { type CallingAlarm, cloudWatchAlarms, periodOf } from '../../../src/targets/aws/alarm.ts'
import { callTogether } from '../../../src/targets/aws/calls.ts'
import { alarmProofs } from '../../../src/targets/aws/alarm-proof.ts'
import { declaredBy, type ProvenStack } from '../../../src/targets/aws/declared.ts'
import { deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { RoomOnAws } from '../../../src/targets/aws/room.ts'
import { toyAlarms } from '../alarms.ts'
import { toy } from '../guarantees.ts'
import type { ToySettings } from '../settings.ts'

type Needs = { readonly alarms: readonly CallingAlarm[] }
type Provides = { readonly patience: string }

const namespace = 'edge/toy'

const checks: ChecksFor<typeof toy, ProvenStack> = {
  answers: { notBuilt: 'a toy that answers on AWS' },
  burst: { notBuilt: 'a toy that answers on AWS' },
  slow: declaredBy('slow'),
}

/** An alarm, and the topic that it calls, which the stack of monitoring has. */
const toyOnAws: RoomOnAws<typeof toy, ToySettings, Needs, Provides, ProvenStack> = {
  component: 'toy',
  name: 'toy',
  title: 'The toy',
  region: 'configured',
  measured: toyAlarms,
  watched: (_, { region }) => ({ namespace, region, dimensions: {} }),
  define: (app, { instance, stack, props }, { patience }, { alarms }) => {
    const made = new Stack(app, stack, props)
    const watching = alarms.map((alarm) => {
      const { name: metricName, statistic } = alarm.metric
      const metric = new Metric({ namespace, metricName, statistic, period: periodOf(alarm) })
      return { alarm, made: cloudWatchAlarms(made, instance, alarm, metric) }
    })
    callTogether(made, `${instance}-toy`, watching)
    new CfnOutput(made, 'Patience', { value: String(patience.milliseconds) })
  },
  provides: (outputs) => ({ patience: outputs.get('Patience') }),
  guarantees: toy,
  endpoint: async (_provides, { stack, region }, _settings, { alarms }) => ({
    endpoint: {
      deployed: await deployedStack(stack, { region }),
      proofs: alarms.flatMap((alarm) =>
        alarmProofs(alarm, [namespace], alarm.topic === undefined ? [] : [alarm.topic]),
      ),
      component: 'toy',
    },
  }),
  checks,
}

export const stacks = { toy: toyOnAws }

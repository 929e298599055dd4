import { CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch'
import type { Duration } from '../../../src/core/units.ts'
import { boundariesOf } from '../../../src/core/alarm.ts'
import { cloudWatchAlarmsOf, sumOf } from '../../../src/core/cloudwatch-alarm.ts'
import { severities } from '../../../src/core/severity.ts'
import { functionAlarmProofs } from '../../../src/targets/aws/function-alarm-proof.ts'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { remindProofs } from '../../../src/targets/aws/remind-proof.ts'
import { alarmsReminded } from '../../../src/targets/aws/reminders.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { ruleIn, ruleOf } from '../../../src/targets/aws/rule-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { topicProofs } from '../../../src/targets/aws/topic-proof.ts'
import { resourceFor } from '../../../src/targets/aws/topics.ts'
import { webhookProofs } from '../../../src/targets/aws/webhook-proof.ts'
import { anyMessage, endOfLetter, kinds, ruleNameOf } from './backup-kinds.ts'
import { isKnown, type Shown } from './dashboard.ts'
import { type MonitoringNeedsOnAws, publishers } from './stack.ts'
import { watchedHere } from './watched-functions.ts'

const ruleProofs = (name: string) =>
  kinds.flatMap((kind): readonly RoomProof[] => {
    const { id, says, source = 'aws.backup', detailType, field, bad, withMessage, severity } = kind
    return [
      onEmulator({
        type: 'AWS::Events::Rule',
        says: `somebody is called: ${says.toLowerCase()}`,
        fact: id,
        proves: ['backupFailed'],
        is: [
          `${name}-${ruleNameOf(id)}`,
          'ENABLED',
          [source],
          [detailType],
          [field, bad],
          ...(withMessage ? [['statusMessage', anyMessage]] : []),
          1,
        ],
        template: (template) => ruleIn(template, id),
        readBack: async (deployed) => ruleOf(deployed, id),
      }),
      {
        type: 'AWS::Events::Rule',
        says: `${id}: the letter says what happened and what to do, and goes where what is ${severity} goes`,
        fact: `${id} goes to`,
        proves: [],
        is: [
          [
            resourceFor(severity),
            `"${says} (<time>, <detail-resourceType>). ${endOfLetter(kind)}"`,
            ['$.time', '$.detail.resourceType'],
          ],
        ],
        template: (template) =>
          list(at(resourceOf(template, id), 'Properties', 'Targets')).map((one) => [
            referred(at(one, 'Arn')),
            at(one, 'InputTransformer', 'InputTemplate'),
            Object.values(Object(at(one, 'InputTransformer', 'InputPathsMap'))),
          ]),
        by: 'template',
        because: 'the topic has a policy of its own, which is read back',
      },
    ]
  })

/** Where an alarm is, and its name, of its ARN. */
const alarmIn = (arn: unknown): string => {
  const [, , service, region, , kind, name] = String(arn).split(':')
  return [service, region, kind, name].join(' ')
}

/** A picture of the dashboard: its figures, the sum of them, where, and the lines at which an alarm begins; or an alarm by name. */
function pictureOf(widget: unknown): unknown {
  const properties = at(widget, 'properties')
  const metrics = list(at(properties, 'metrics')).map(list)
  return {
    title: at(properties, 'title'),
    region: at(properties, 'region'),
    sums: metrics.flatMap(([first]) => at(first, 'expression') ?? []),
    figures: metrics.flatMap((one) => {
      const words = one.filter((part) => typeof part === 'string')
      return words.length === 0 ? [] : [words]
    }),
    lines: list(at(properties, 'annotations', 'horizontal')).map((one) => at(one, 'value')),
    alarms: list(at(properties, 'annotations', 'alarms')).map(alarmIn),
  }
}

function picturesFor(name: string, shown: Shown): readonly unknown[] {
  const { alarm, namespace, region } = shown
  const title = alarm.says
  if (!isKnown(shown))
    return cloudWatchAlarmsOf(alarm).map((one) => ({
      title,
      region,
      sums: [],
      figures: [],
      lines: [],
      alarms: [`cloudwatch ${region} alarm ${name}-${one.name}`],
    }))
  const { dimensions } = shown
  const sum = sumOf(alarm.metric)
  const names = sum === undefined ? [alarm.metric.name] : Object.values(sum.figures)
  const its = {
    title,
    region,
    sums: sum === undefined ? [] : [sum.expression],
    figures: names.map((figure) => [namespace, figure, ...Object.entries(dimensions).flat()]),
    lines: boundariesOf(alarm, alarm.metric.unit).map(({ at: value }) => value),
    alarms: [],
  }
  return [its]
}

const shown = (body: unknown): readonly unknown[] =>
  list(at(JSON.parse(String(body)), 'widgets'))
    .slice(1)
    .map(pictureOf)

const dashboardProof = (name: string, watched: readonly Shown[]): RoomProof =>
  onEmulator({
    type: 'AWS::CloudWatch::Dashboard',
    says: 'the dashboard has a picture for each alarm, of the metric that the alarm looks at, with a line where it begins',
    fact: 'pictures',
    proves: [],
    is: [name, ...watched.flatMap((one) => picturesFor(name, one))],
    template: (template) => {
      const found = at(resourceOf(template, 'Dashboard'), 'Properties')
      return [at(found, 'DashboardName'), ...shown(referred(at(found, 'DashboardBody')))]
    },
    readBack: async ({ client, id }) => {
      const asked = new GetDashboardCommand({ DashboardName: id('Dashboard') })
      const found = await new CloudWatchClient(client).send(asked)
      return [found.DashboardName, ...shown(found.DashboardBody)]
    },
  })

/** All that the stack of a configuration is to have, resource by resource. */
export const monitoringProofs = (
  name: string,
  {
    called,
    watched,
    reminded,
    functions,
    remindEvery,
  }: Pick<MonitoringNeedsOnAws, 'called' | 'watched' | 'reminded' | 'functions'> & { readonly remindEvery: Duration },
): readonly RoomProof[] => [
  ...severities.flatMap((severity) => topicProofs(name, severity, { called, publishers })),
  ...webhookProofs(name, called.webhookSecret),
  ...ruleProofs(name),
  dashboardProof(name, watched),
  ...remindProofs(name, { instance: name, alarms: alarmsReminded(name, reminded), every: remindEvery }),
  ...functionAlarmProofs(
    name,
    watchedHere({ called, functions }).map((alarm) => ({
      ...alarm,
      topic: resourceFor(alarm.severity),
    })),
  ),
]

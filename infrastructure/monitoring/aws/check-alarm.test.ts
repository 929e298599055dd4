import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { describe, expect, it } from 'vitest'
import { boundariesOf } from '../../../src/core/alarm.ts'
import { alarmsOfFunctions } from '../../../src/core/own-function.ts'
import { seconds } from '../../../src/core/units.ts'
import { alarmProperties, valuesOf } from '../../../src/targets/aws/alarm-proof.ts'
import { problemsOf, unheard } from './check-alarm.ts'
import { configuredFor, hearing, topicProblems } from './check-way.ts'
import { proven } from '../proofs/test-template.ts'

const topic = 'arn:aws:sns:us-east-1:000000000000:trial-critical'
const [watched] = proven.watched
if (!watched) throw new Error('nothing is watched')
const [boundary] = boundariesOf(watched.alarm, watched.alarm.metric.unit)
if (!boundary) throw new Error('the alarm has no boundary')
const values = valuesOf(watched.alarm, watched.namespace, boundary)

/** The alarm as CloudWatch answers it. */
const good: MetricAlarm = {
  ...Object.fromEntries(alarmProperties.map((name, index) => [name, values[index]])),
  Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'trial-primary' }],
  ActionsEnabled: true,
  AlarmActions: [topic],
}
const problems = (change: MetricAlarm, callers: readonly CompositeAlarm[] = []) =>
  problemsOf(watched, boundary, { topic, callers }, { ...good, ...change })

describe('an alarm on AWS', () => {
  it('has no problem where it is as it was made', () => {
    expect(problems({})).toEqual([])
  })

  it.each<[string, MetricAlarm]>([
    ['is switched off', { ActionsEnabled: false }],
    ['has MetricName FreeableMemory, not', { MetricName: 'FreeableMemory' }],
    ['has Namespace AWS/EC2, not', { Namespace: 'AWS/EC2' }],
    ['has Statistic Minimum, not', { Statistic: 'Minimum' }],
    ['has Period 3600, not', { Period: 3600 }],
    ['has EvaluationPeriods 99, not', { EvaluationPeriods: 99 }],
    ['has ComparisonOperator LessThanThreshold, not', { ComparisonOperator: 'LessThanThreshold' }],
    ['has Threshold 1000, not', { Threshold: 1000 }],
    ['has TreatMissingData ignore, not', { TreatMissingData: 'ignore' }],
    [
      'looks at DBInstanceIdentifier another, not DBInstanceIdentifier trial-primary',
      { Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'another' }] },
    ],
    ['looks at , not DBInstanceIdentifier trial-primary', { Dimensions: [] }],
    ['calls nobody', { AlarmActions: [] }],
  ])('is found out: %s', (says, change) => {
    expect(problems(change)).toEqual([expect.stringContaining(says)])
  })
})

describe('an alarm about a function on AWS', () => {
  const [first] = alarmsOfFunctions(proven.functions)
  if (!first) throw new Error('there is no function')
  const about = { alarm: first, namespace: 'AWS/Lambda', dimensions: { FunctionName: 'trial-one' } }
  const figure = (id: string, name: string, of = 'trial-one') => ({
    Id: id,
    MetricStat: {
      Metric: { Namespace: 'AWS/Lambda', MetricName: name, Dimensions: [{ Name: 'FunctionName', Value: of }] },
      Period: seconds(first.period),
      Stat: 'Sum',
    },
    ReturnData: false,
  })
  const sum = { Id: 'expr_1', Expression: 'errors + throttles + 0 * invocations', ReturnData: true }
  const figures = [figure('errors', 'Errors'), figure('throttles', 'Throttles'), figure('invocations', 'Invocations')]
  const asAnswered = (Metrics: MetricAlarm['Metrics']) =>
    problemsOf(
      about,
      { side: 'above', at: 0 },
      { topic, callers: [] },
      {
        Metrics,
        EvaluationPeriods: first.periods,
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 0,
        TreatMissingData: 'ignore',
        AlarmActions: [topic],
      },
    )

  it('has no problem where its sum is as it was made', () => {
    expect(asAnswered([sum, ...figures])).toEqual([])
  })

  it.each<[string, MetricAlarm['Metrics']]>([
    ['has MetricName Errors + 0 * Invocations', [{ ...sum, Expression: 'errors + 0 * invocations' }, ...figures]],
    [
      'has MetricName Errors + Errors + 0',
      [sum, figure('errors', 'Errors'), figure('throttles', 'Errors'), figure('invocations', 'Invocations')],
    ],
    ['has MetricName more than', [sum, ...figures, { Id: 'more', Expression: 'errors', ReturnData: true }]],
    ['has MetricName Errors, not', [{ ...sum, Expression: 'errors' }, ...figures]],
  ])('is found out: %s', (says, metrics) => {
    expect(asAnswered(metrics)).toEqual([expect.stringContaining(says)])
  })

  it('is found out where one of its figures is of another function', () => {
    expect(asAnswered([sum, ...figures.slice(1), figure('errors', 'Errors', 'another')])).toEqual([
      expect.stringMatching(/^looks at .*, not FunctionName trial-one$/),
    ])
  })
})

describe('an alarm that another one calls for', () => {
  const its = { AlarmName: 'trial-monitoring.databaseCpu', AlarmActions: [] }
  const caller: CompositeAlarm = {
    AlarmName: 'trial-database-warning',
    ActionsEnabled: true,
    AlarmRule: 'ALARM("trial-monitoring.replicaLag") OR ALARM("trial-monitoring.databaseCpu")',
    AlarmActions: [topic],
  }

  it('has no problem where that one rings with any of its alarms', () => {
    expect(problems(its, [caller])).toEqual([])
  })

  it.each<[string, CompositeAlarm]>([
    ['calls nobody', { AlarmRule: 'ALARM("trial-monitoring.replicaLag")' }],
    ['calls nobody', { AlarmRule: 'ALARM("trial-monitoring.replicaLag") AND ALARM("trial-monitoring.databaseCpu")' }],
    ['calls nobody', { AlarmRule: 'NOT ALARM("trial-monitoring.databaseCpu")' }],
    ['calls nobody: trial-database-warning, which calls for it, is switched off', { ActionsEnabled: false }],
    ['calls nobody: nor does trial-database-warning, which calls for it', { AlarmActions: [] }],
    ['calls nobody: nor does trial-database-warning, which calls for it', { AlarmActions: [`${topic}-other`] }],
  ])('%s where that is another than it was made', (says, change) => {
    expect(problems(its, [{ ...caller, ...change }])).toEqual([says])
  })
})

describe('who hears of an alarm', () => {
  const ops = { Endpoint: 'ops@example.com', SubscriptionArn: `${topic}:1` }

  it('is everybody who is configured, subscribed and confirmed', () => {
    expect(hearing(['ops@example.com'], [ops])).toEqual({ all: ['ops@example.com'], missing: [], silent: [] })
  })

  it('is not who is configured and was taken off the topic, though another one hears', () => {
    expect(hearing(['ops@example.com', 'night@example.com'], [ops]).missing).toEqual(['night@example.com'])
  })

  it('is the webhook by its function, which needs not confirm', () => {
    const passesOn = {
      Endpoint: 'arn:aws:lambda:us-east-1:000000000000:function:trial-webhook',
      SubscriptionArn: `${topic}:2`,
    }
    const configured = configuredFor({ critical: ['ops@example.com'], warning: [], webhookSecret: 'arn' }, 'critical')
    expect(hearing(configured, [ops, passesOn])).toMatchObject({ missing: [], silent: [] })
    expect(hearing(configured, [ops]).missing).toEqual(['the webhook'])
  })

  it('is nobody where the webhook alone is called, and its function fails', () => {
    const passesOn = {
      Endpoint: 'arn:aws:lambda:us-east-1:000000000000:function:trial-webhook',
      SubscriptionArn: `${topic}:2`,
    }
    const waiting = { Endpoint: 'night@example.com', SubscriptionArn: 'PendingConfirmation' }
    const failing = { AlarmName: 'trial-webhook.errors', StateValue: 'ALARM' as const }
    for (const alone of [[passesOn], [passesOn, waiting]])
      expect(unheard(hearing([], alone), [failing])).toEqual([
        expect.stringContaining('trial-webhook.errors rings: letters do not reach the webhook'),
      ])
    expect(unheard(hearing([], [passesOn, ops]), [failing])).toEqual([])
    expect(unheard(hearing([], [passesOn]), [{ ...failing, StateValue: 'OK' }])).toEqual([])
  })

  it('is not who has not confirmed', () => {
    const night = { Endpoint: 'night@example.com', SubscriptionArn: 'PendingConfirmation' }
    expect(hearing(['ops@example.com', 'night@example.com'], [ops, night]).silent).toEqual(['night@example.com'])
  })
})

describe('a topic', () => {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'] },
    Action: 'sns:Publish',
  }
  const [byAlarms, byRules] = [{ rules: false }, { rules: true }]
  const attributes = (change: object, more = {}) => ({
    Policy: JSON.stringify({ Statement: [{ ...statement, ...change }] }),
    ...more,
  })

  it('passes on what CloudWatch tells it', () => {
    expect(topicProblems(attributes({}), byAlarms)).toEqual([])
    expect(
      topicProblems(
        attributes({ Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: ['SNS:Publish'] }),
        byAlarms,
      ),
    ).toEqual([])
  })

  it.each([
    ['a key stands in the way', attributes({}, { KmsMasterKeyId: 'alias/aws/sns' }), 'is encrypted with alias/aws/sns'],
    ['CloudWatch is refused', attributes({ Effect: 'Deny' }), 'does not let CloudWatch publish'],
    ['only events may', attributes({ Principal: { Service: 'events.amazonaws.com' } }), 'does not let CloudWatch'],
    ['another right is given', attributes({ Action: 'sns:Subscribe' }), 'does not let CloudWatch publish'],
    ['it has no policy', {}, 'does not let CloudWatch publish'],
  ])('is found out where %s', (_, found, says) => {
    expect(topicProblems(found, byAlarms)).toEqual([expect.stringContaining(says)])
  })

  it('passes on what rules of EventBridge tell it, where a statement lets them publish without a condition', () => {
    expect(topicProblems(attributes({}), byRules)).toEqual([])
  })

  it.each([
    [
      'is under a condition',
      attributes({ Condition: { StringEquals: { 'aws:SourceAccount': '000000000000' } } }),
      'lets EventBridge publish under a condition, which it never meets',
    ],
    [
      'is not given',
      attributes({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      'does not let EventBridge publish',
    ],
  ])('swallows what rules tell it where that %s', (_, found, says) => {
    expect(topicProblems(found, byRules)).toEqual([says])
  })
})

import { expect, it } from 'vitest'
import { functionOf } from './end-alarms.ts'

const Dimensions = [{ Name: 'FunctionName', Value: 'trial-webhook' }]
const figure = (MetricName: string, Namespace = 'AWS/Lambda') => ({
  Id: MetricName.toLowerCase(),
  MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 300, Stat: 'Sum' },
  ReturnData: false,
})
const sum = { Id: 'expr_1', Expression: 'errors + throttles', ReturnData: true }

it.each([
  ['one figure', { Namespace: 'AWS/Lambda', MetricName: 'Invocations', Dimensions }, 'trial-webhook'],
  ['a sum', { Metrics: [sum, figure('Errors'), figure('Throttles')] }, 'trial-webhook'],
  ['a sum over several', { Metrics: [sum, figure('Errors'), figure('Throttles', 'AWS/RDS')] }, undefined],
  ['something else', { Namespace: 'AWS/RDS', Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'x' }] }, undefined],
  ['all functions', { Namespace: 'AWS/Lambda', MetricName: 'Errors' }, undefined],
])('knows of an alarm about %s which function it is about', (_, alarm, name) => {
  expect(functionOf(alarm)).toBe(name)
})

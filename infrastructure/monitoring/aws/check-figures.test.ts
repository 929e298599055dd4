import { expect, it } from 'vitest'
import { sumOf } from '../../../src/core/cloudwatch-alarm.ts'
import { askedFor, continuous } from './check-figures.ts'
import { proven } from '../proofs/test-template.ts'

const now = new Date('2026-11-29T06:00:00Z')

it('asks for a figure by exactly what its alarm looks at', () => {
  const [first] = proven.watched
  if (!first) throw new Error('nothing is watched')
  expect(askedFor(first, now)).toEqual({
    Namespace: 'AWS/RDS',
    MetricName: 'CPUUtilization',
    Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'trial-primary' }],
    StartTime: new Date('2026-11-29T05:45:00Z'),
    EndTime: now,
    Period: 60,
    Statistics: ['Average'],
  })
})

it('asks for a percentile as such', () => {
  const latency = proven.watched.find(({ alarm }) => alarm.name === 'originLatency')
  if (!latency) throw new Error('the latency is not watched')
  expect(askedFor(latency, now)).toMatchObject({ ExtendedStatistics: ['p95'] })
})

it('looks at what is measured all the time: of the site there are no figures where nobody comes', () => {
  expect(continuous(proven.watched).map(({ namespace }) => namespace)).toEqual(
    Array.from({ length: 10 }, () => 'AWS/RDS'),
  )
})

it('misses no figure of a sum', () => {
  const names = continuous(proven.watched).map(({ alarm }) => alarm.metric.name)
  const summed = proven.watched.flatMap(({ alarm }) => Object.values(sumOf(alarm.metric)?.figures ?? {}))
  expect(summed).toEqual(['ReadIOPS', 'WriteIOPS'])
  expect(summed.filter((name) => !names.includes(name))).toEqual([])
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { assert, constantFrom, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Alarm, figureOf, type Measured } from '../../src/core/alarm.ts'
import { cloudWatchAlarmsOf } from '../../src/core/cloudwatch-alarm.ts'
import { bytes, count, magnitude, milliseconds, percent, type Quantity } from '../../src/core/units.ts'
import { allMeasured } from '../compose.ts'
import { allFunctionAlarms } from '../own-functions.ts'
import { alarmsAt } from './alarms.ts'
import { everyAsked, ownRules, ruleOf } from './render-rules.ts'
import { monitoringSettings } from './settings.ts'

const runbooks = readdirSync(join(import.meta.dirname, '../../docs/runbooks'))
const alarms = alarmsAt(monitoringSettings.parse({}), allMeasured)
const measured: ReadonlyMap<string, Measured> = new Map(
  allMeasured.map((one): [string, Measured] => [typeof one.promise === 'string' ? one.promise : one.promise.id, one]),
)

/** The same alarm, at another boundary of the same kind. */
const movedTo = (alarm: Alarm, at: Quantity): Alarm => ({
  ...alarm,
  fires: 'above' in alarm.fires ? { above: at } : 'below' in alarm.fires ? { below: at } : alarm.fires,
})

/** A quantity of a kind, by its number in the base unit. */
function quantity(kind: Quantity['kind'], number: number): Quantity {
  const of = { duration: milliseconds, percent, bytes: (n: number) => ({ ...bytes('1 B'), bytes: n }) }
  return kind === 'count' ? count(number, '') : of[kind](number)
}

/** Whether CloudWatch's alarm is beyond its boundary when it measures so much. */
const onCloudWatch = (alarm: Alarm, value: Quantity): boolean =>
  cloudWatchAlarmsOf(alarm).some(({ operator, threshold }) => {
    const figure = figureOf(value, alarm.metric.unit)
    return operator === 'GreaterThanThreshold' ? figure > threshold : figure < threshold
  })

/** The same of the rule, by what stands in its text. */
const inPrometheus = (alarm: Alarm, value: Quantity): boolean =>
  [...ruleOf(alarm).expr.matchAll(/^\(.*\) ([<>]) (\S+)$/gm)].some(([, side, threshold]) => {
    const figure = figureOf(value, alarm.local.unit)
    return side === '>' ? figure > Number(threshold) : figure < Number(threshold)
  })

describe('the two renderings of an alarm', () => {
  it('ring on the same side of every boundary', () => {
    const simple = alarms.filter(({ fires }) => !('outside' in fires))
    assert(
      property(
        constantFrom(...simple),
        integer({ min: 1, max: 1_000_000 }),
        double({ min: -0.1, max: 0.1, noNaN: true }),
        (alarm, boundary, away) => {
          const bound =
            'above' in alarm.fires ? alarm.fires.above : 'below' in alarm.fires ? alarm.fires.below : undefined
          const kind = bound?.kind ?? 'count'
          const moved = movedTo(alarm, quantity(kind, boundary))
          const value = quantity(kind, boundary * (1 + away))
          const beyond = 'above' in alarm.fires ? away > 0 : away < 0
          // So near to it that the two are the same number, neither is asked for anything.
          if (Math.abs(magnitude(value) - boundary) / boundary < 1e-9) return
          expect([onCloudWatch(moved, value), inPrometheus(moved, value)]).toEqual([beyond, beyond])
        },
      ),
    )
  })

  it('are both silent at the boundary itself', () => {
    for (const alarm of alarms) {
      for (const value of Object.values(alarm.fires).flat() as readonly Quantity[])
        expect([alarm.id, onCloudWatch(alarm, value), inPrometheus(alarm, value)]).toEqual([alarm.id, false, false])
    }
  })

  it('wait for the same time, and take silence for the same', () => {
    for (const alarm of alarms) {
      const { for: waits, expr } = ruleOf(alarm)
      for (const { period, evaluationPeriods, missingData } of cloudWatchAlarmsOf(alarm)) {
        expect(waits).toBe(period * (evaluationPeriods - 1))
        // What only holds an alarm that rings already is not among them.
        const begins = expr.split('\n').filter((line) => !line.includes('ALERTS{'))
        expect(begins.some((line) => line.includes('absent('))).toBe(missingData === 'breaching')
      }
    }
  })
})

describe('the list of alarms', () => {
  it('has each alarm once', () => {
    expect(measured.size).toBe(allMeasured.length)
  })

  it('says of each what it means, how to look, and where it stands what to do', () => {
    const own = ownRules(monitoringSettings.parse({}), everyAsked).map(({ annotations }) => annotations)
    for (const { means = '', look, runbook } of [...alarms, ...own, ...allFunctionAlarms]) {
      expect(means).toMatch(/^[A-Z{].*\.$/)
      expect(look).not.toBe('')
      expect(runbooks).toContain(runbook)
    }
  })
})

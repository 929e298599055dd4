import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { assert, constantFrom, double, integer, oneof, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Alarm, figureOf, type Measured } from '../../src/core/alarm.ts'
import { cloudWatchAlarmsOf } from '../../src/core/cloudwatch-alarm.ts'
import { bytes, count, magnitude, milliseconds, percent, type Quantity } from '../../src/core/units.ts'
import { alarmsOnAws } from '../aws-alarms.ts'
import { allMeasured } from '../compose.ts'
import { diskOperations } from '../database/alarms.ts'
import { classOperations } from '../database/aws/class-operations.ts'
import { databaseSettings } from '../database/settings.ts'
import { allFunctionAlarms } from '../own-functions.ts'
import { alarmsAt } from './alarms.ts'
import { everyAsked, ownRules, ruleOf } from './render-rules.ts'
import { monitoringSettings } from './settings.ts'

const runbooks = readdirSync(join(import.meta.dirname, '../../docs/runbooks'))
const alarms = alarmsAt(monitoringSettings.parse({}), allMeasured)
const measured: ReadonlyMap<string, Measured> = new Map(
  allMeasured.map((one): [string, Measured] => [typeof one.promise === 'string' ? one.promise : one.promise.id, one]),
)

/** The same alarm, at another boundary of the same kind: of a range both ends, so far from each other. */
function movedTo(alarm: Alarm, at: number, wide: number): Alarm {
  const of = (number: number): Quantity => quantity(kindOf(alarm), number)
  if ('above' in alarm.fires) return { ...alarm, fires: { above: of(at) } }
  return { ...alarm, fires: 'below' in alarm.fires ? { below: of(at) } : { outside: [of(at), of(at * wide)] } }
}

const kindOf = ({ fires }: Alarm): Quantity['kind'] =>
  ('above' in fires ? fires.above : 'below' in fires ? fires.below : fires.outside[0]).kind

/** Whether somebody is to be called for so much, as the alarm itself says. */
function isBeyond({ fires }: Alarm, value: number): boolean {
  if ('above' in fires) return value > magnitude(fires.above)
  if ('below' in fires) return value < magnitude(fires.below)
  return value < magnitude(fires.outside[0]) || value > magnitude(fires.outside[1])
}

const quantitiesOf = ({ fires }: Alarm): readonly Quantity[] =>
  'above' in fires ? [fires.above] : 'below' in fires ? [fires.below] : fires.outside

/** The boundaries of an alarm in its base unit. */
const boundsOf = (alarm: Alarm): readonly number[] => quantitiesOf(alarm).map(magnitude)

/** Both renderings ring where the alarm does; a value so near to a boundary that the two are one number is asked of neither. */
function expectSameSide(alarm: Alarm, value: number): void {
  if (boundsOf(alarm).some((bound) => Math.abs(value - bound) / bound < 1e-9)) return
  const its = quantity(kindOf(alarm), value)
  const beyond = isBeyond(alarm, value)
  expect([alarm.name, value, onCloudWatch(alarm, its), inPrometheus(alarm, its)]).toEqual([
    alarm.name,
    value,
    beyond,
    beyond,
  ])
}

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
  const away = double({ min: -0.1, max: 0.1, noNaN: true })

  it('ring on the same side of every boundary, of a range at either end and between', () => {
    const ranges = alarms.filter(({ fires }) => 'outside' in fires)
    expect(ranges.map(({ name }) => name)).toEqual(['backupSize'])
    const anyAlarm = oneof(constantFrom(...alarms), constantFrom(...ranges))
    const width = double({ min: 1.3, max: 5, noNaN: true })
    assert(
      property(anyAlarm, integer({ min: 1, max: 1_000_000 }), width, away, (alarm, boundary, wide, off) => {
        const moved = movedTo(alarm, boundary, wide)
        for (const bound of boundsOf(moved)) expectSameSide(moved, bound * (1 + off))
      }),
    )
  })

  it('ring on the same side of what a disk may do, also where the class of its server allows less than the volume', () => {
    const classes = [...classOperations.keys(), 'db.z9.xlarge']
    const share = integer({ min: 1, max: 99 })
    const given = record({
      iops: integer({ min: 100, max: 64_000 }),
      share,
      other: share,
      rds: constantFrom(...classes),
    })
    const limited: boolean[] = []
    assert(
      property(given, away, ({ iops, share: readIopsPercent, other: writeIopsPercent, rds }, off) => {
        const monitoring = monitoringSettings.parse({ disk: { iops }, alarms: { readIopsPercent, writeIopsPercent } })
        const database = databaseSettings.parse({ rds: { class: rds } })
        const most = Math.min(iops, classOperations.get(rds) ?? Infinity)
        limited.push(most < iops)
        const there = alarmsOnAws({ monitoring, database }, allMeasured)
        for (const [name, percentOf] of [
          ['readIops', readIopsPercent],
          ['writeIops', writeIopsPercent],
        ] as const) {
          const alarm = there.find((one) => one.name === name)
          if (!alarm) throw new Error(`there is no ${name}`)
          expect(boundsOf(alarm)[0]).toBeCloseTo((percentOf / 100) * most, 6)
          expectSameSide(alarm, (percentOf / 100) * most * (1 + off))
        }
      }),
    )
    expect(new Set(limited)).toEqual(new Set([true, false]))
  })

  it('ring on the same side of what it does altogether, which is a rule of its own here and a sum there', () => {
    const share = integer({ min: 1, max: 99 })
    assert(
      property(
        integer({ min: 100, max: 64_000 }),
        share,
        share,
        away,
        (iops, readIopsPercent, writeIopsPercent, off) => {
          const monitoring = monitoringSettings.parse({ disk: { iops }, alarms: { readIopsPercent, writeIopsPercent } })
          // Of a class that nobody knows the volume is the limit, as it is here.
          const database = databaseSettings.parse({ rds: { class: 'db.z9.xlarge' } })
          const [sum] = alarmsOnAws({ monitoring, database }, [diskOperations])
          const rule = ownRules(monitoring, everyAsked).find(({ alert }) => alert === 'diskOperations')
          if (!sum || !rule) throw new Error('nobody looks at both together')
          const [[, threshold = 'none'] = []] = [...rule.expr.matchAll(/^\(.*\) > (\S+)$/gm)]
          const bound = (Math.max(readIopsPercent, writeIopsPercent) / 100) * iops
          const value = bound * (1 + off)
          if (Math.abs(off) < 1e-9) return
          const [there] = cloudWatchAlarmsOf(sum)
          expect(there?.operator).toBe('GreaterThanThreshold')
          expect([value > Number(there?.threshold), value > Number(threshold)]).toEqual([off > 0, off > 0])
        },
      ),
    )
  })

  it('are both silent at the boundary itself', () => {
    for (const alarm of alarms) {
      for (const value of quantitiesOf(alarm))
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

import { describe, expect, it } from 'vitest'
import { ClockWatch } from '../../src/agent/clock.ts'
import { longestRunMs } from '../../src/agent/agent.ts'
import { schema } from '../../src/config/schema.ts'
import { type Boundary, boundariesOf, type Ruled } from '../../src/core/alarm.ts'
import { duration, seconds } from '../../src/core/units.ts'
import { longestPauseSeconds } from '../../src/targets/local/s6.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { alarmsOnAws } from '../aws-alarms.ts'
import { allMeasured } from '../compose.ts'
import { databaseAlarmsOnAws } from '../database/alarms.ts'
import { classOperations } from '../database/aws/class-operations.ts'
import { alarmsAt } from './alarms.ts'
import { monitoringComponent } from './component.ts'
import { diskOperations } from './disk-operations.ts'
import {
  clockBounds,
  everyAsked,
  everySeconds,
  foretold,
  heartbeatAtMost,
  ownRules,
  restarts,
  ruleOf,
  unverifiedSeconds,
} from './render-rules.ts'
import { monitoringSettings } from './settings.ts'

/*
 * Each threshold lies within what its resource can reach: of each figure it is said what it is where all is well, and the worst
 * that it can come to, as the configuration, the disk and the class have it. An alarm is silent at the one, and rings at the other.
 */

type Reach = { readonly well: number; readonly worst: number }
type Reaches = Partial<Readonly<Record<Boundary['side'], Reach>>>

const isWithin = ({ side, at }: Boundary, { well, worst }: Reach): boolean =>
  side === 'above' ? well <= at && at < worst : well >= at && at > worst

const configuration = schema.parse({ site: { static: 'public', api: { command: ['node', 'api.js'] } } })
const { database, monitoring: settings, backup, site } = configuration
const { rds, pool, maxConnections } = database
/** PostgreSQL's own default: the last ones are for the superuser. */
const superuserReserved = 3
const openAtMost = maxConnections - superuserReserved
const iopsOnAws = Math.min(settings.disk.iops, classOperations.get(rds.class) ?? Number.NaN)

/** Bytes of a class whose family is made for memory: 8 GiB for each of its vCPUs, of which `xlarge` has four. */
function memoryOf(name: string): number {
  const [, times = '1'] = /^db\.[rx]\w+\.(\d*)xlarge$/.exec(name) ?? expect.fail(`nobody knows the memory of ${name}`)
  return 4 * Number(times || '1') * 8 * 1024 ** 3
}

/** Each connection waits for one operation at a time, and the disk does so many a second. */
const perOperation = (iops: number): Reach => ({ well: 1 / iops, worst: openAtMost / iops })
const share: Reaches = { above: { well: 0, worst: 100 } }
const operations = (iops: number): Reaches => ({ above: { well: 1, worst: iops } })

const reachesAt = (iops: number): Readonly<Record<string, Reaches>> => ({
  databaseCpu: share,
  // PostgreSQL takes a quarter for its own buffers.
  freeableMemory: { below: { well: 0.75 * memoryOf(rds.class), worst: 0 } },
  freeStorage: { below: { well: rds.storage.bytes, worst: 0 } },
  connections: { above: { well: 2 * pool.maximum + pool.session, worst: openAtMost } },
  // A heartbeat comes every five seconds; a replica that is behind what is kept of the log is cloned anew.
  replicaLag: { above: { well: 5, worst: seconds(backup.transactionLogs.keep) } },
  readIops: operations(iops),
  writeIops: operations(iops),
  diskOperations: operations(iops),
  readLatency: { above: perOperation(iops) },
  writeLatency: { above: perOperation(iops) },
  queueDepth: { above: { well: 1, worst: openAtMost } },
  // Of each kind whether the newest one failed.
  backupFailed: { above: { well: 0, worst: 1 } },
  // As large as the median; nothing in it, or as many times as large as the disk can grow.
  backupSize: { below: { well: 1, worst: 0 }, above: { well: 1, worst: rds.growsTo.bytes / rds.storage.bytes } },
  // One that hangs is ended after this time.
  backupDuration: { above: { well: 60, worst: longestRunMs / 1000 } },
  // A day, and what a backup may take; by the worst none of them is kept any more.
  freshness: { above: { well: 86_400 + seconds(settings.alarms.backupDuration), worst: seconds(backup.daily.keep) } },
  verification: { above: { well: 7 * 86_400, worst: seconds(backup.weekly.keep) } },
  cdnErrors: share,
  hitRatio: { below: { well: 100, worst: 0 } },
  // After so long a visitor gets 504.
  originLatency: { above: { well: 0, worst: seconds(timeout()) } },
})

function timeout() {
  if (!site.api) return expect.fail('there is no API')
  return site.api.timeout
}

const boundariesIn = (
  alarms: readonly { readonly name: string; readonly boundaries: readonly Boundary[] }[],
  on: string,
) =>
  alarms.flatMap(({ name, boundaries }) => boundaries.map((boundary) => ({ on, name, side: boundary.side, boundary })))

const here = [...alarmsAt(settings, allMeasured), diskOperations(settings)] satisfies readonly Ruled[]
const boundaries = [
  ...boundariesIn(
    here.map((alarm) => ({ name: alarm.name, boundaries: boundariesOf(alarm, alarm.local.unit) })),
    'this machine',
  ),
  ...boundariesIn(
    alarmsOnAws(configuration, databaseAlarmsOnAws).map((alarm) => ({
      name: alarm.name,
      boundaries: boundariesOf(alarm, alarm.metric.unit),
    })),
    'AWS',
  ),
]
const reachOf = (on: string, name: string, side: Boundary['side']): Reach =>
  reachesAt(on === 'AWS' ? iopsOnAws : settings.disk.iops)[name]?.[side] ?? expect.fail(`${name} has no reach ${side}`)

describe('an alarm of a room', () => {
  it.each(boundaries)('begins within its reach: $name ($side) on $on', ({ on, name, side, boundary }) => {
    const reach = reachOf(on, name, side)
    expect({ ...reach, at: boundary.at, isWithin: isWithin(boundary, reach) }).toMatchObject({ isWithin: true })
    // Where it would never ring, and where it would ring though all is well.
    const away = side === 'above' ? -1 : 1
    expect(isWithin({ side, at: reach.worst }, reach)).toBe(false)
    expect(isWithin({ side, at: reach.well + away * 1e-6 * Math.max(1, reach.well) }, reach)).toBe(false)
    expect(reach.worst).toBeLessThan(Infinity)
  })

  it('would ring never on a smaller class, where it began at a share of the volume alone', () => {
    const small = schema.parse({ site: { static: 'public' }, database: { rds: { class: 'db.t4g.micro' } } })
    const worst = classOperations.get(small.database.rds.class) ?? Number.NaN
    const [begins] = alarmsOnAws(small, databaseAlarmsOnAws)
      .filter(({ name }) => name === 'readIops')
      .flatMap((alarm) => boundariesOf(alarm, alarm.metric.unit))
    const [ofVolume] = boundariesOf(here.find(({ name }) => name === 'readIops') ?? diskOperations(settings), 'count')
    const reach = { well: 1, worst }
    expect([begins, ofVolume].map((one) => one && isWithin(one, reach))).toEqual([true, false])
  })
})

describe('a rule about what gives the alarm', () => {
  const rules = [...here.map((alarm) => ruleOf(alarm)), ...ownRules(settings, everyAsked)]
  const jump = (by: number): number => {
    const clock = new ClockWatch({ wall: 0, steady: 0 })
    clock.look({ wall: by * 1000 + 1000, steady: 1000 })
    return Number(/ (\S+)\n$/.exec(clock.figures())?.[1])
  }
  const [hourly] = monitoringComponent.jobs?.(exampleInstance, settings) ?? []

  it.each<readonly [string, number, Reach]>([
    ['agent: a heartbeat', seconds(heartbeatAtMost), { well: 5 + everySeconds, worst: 3600 }],
    // Each hour, and so long one may take.
    [
      'agent: a verification',
      unverifiedSeconds,
      { well: 3600 + seconds(hourly?.atMost ?? duration('1 day')), worst: seconds(settings.keep.time) },
    ],
    // One may be an accident; from the third on s6 waits before each, and hardly any engine takes half a minute to start.
    ['restarts', restarts.atLeast - 1, { well: 1, worst: seconds(restarts.within) / (longestPauseSeconds + 30) }],
    ['diskFilling: looks', foretold.looks, { well: 0, worst: foretold.windowSeconds / everySeconds }],
    // The kernel never says more than half a second.
    ['clock: its offset', clockBounds.offset, { well: 0.01, worst: 0.5 }],
    ['clock: a jump', clockBounds.jump, { well: jump(0.4), worst: jump(60) }],
    // systemd-timesyncd asks every 34 minutes at the latest; each second adds 500 µs, up to 16 s.
    ['clockUnset', clockBounds.error, { well: 2048 * 500e-6, worst: 16 }],
  ])('begins within its reach: %s', (_, at, reach) => {
    expect({ ...reach, at, isWithin: isWithin({ side: 'above', at }, reach) }).toMatchObject({ isWithin: true })
  })

  it('has these thresholds in its rule', () => {
    const expr = (alert: string): string => rules.find((rule) => rule.alert === alert)?.expr ?? ''
    expect(expr('agent')).toContain(`> ${seconds(heartbeatAtMost)}`)
    expect(expr('agent')).toContain(`> ${unverifiedSeconds} or`)
    expect(expr('restarts')).toContain(`>= ${restarts.atLeast}\n`)
    expect(expr('diskFilling')).toMatch(new RegExp(`> ${foretold.looks}$`))
    expect(expr('clock')).toMatch(new RegExp(`> ${clockBounds.offset}\n[^]*> ${clockBounds.jump}\n`))
    expect(expr('clockUnset')).toContain(`> ${clockBounds.error} and`)
  })

  it('looks back no further than figures are kept at the least', () => {
    const inSeconds = { s: 1, m: 60, h: 3600, d: 86_400 }
    const windows = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/\[(\d+)([smhd])/g)].map(
        ([, count, unit]) => Number(count) * (new Map(Object.entries(inSeconds)).get(unit ?? '') ?? Number.NaN),
      ),
    )
    const longest = Math.max(...windows)
    const isTaken = (time: number) => monitoringSettings.safeParse({ keep: { time: `${time} seconds` } }).success
    expect([isTaken(longest), isTaken(longest - 60)]).toEqual([true, false])
  })
})

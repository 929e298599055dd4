import type { Bound, ComponentName } from '../src/core/guarantee.ts'
import { bytes, count, duration, percent } from '../src/core/units.ts'

/**
 * What production promises: a copy of the table that the project was begun with, kept apart from the code on purpose.
 * A number that is changed in a room and not here, or the other way round, fails a test.
 */
export type ListedPromise = {
  readonly id: `${ComponentName}.${string}`
  readonly bound?: Bound
  /** Whether the bound stands in the production document, or is ours. */
  readonly source: 'document' | 'ours'
  /** Whether one machine can keep it; `partly`: under a condition, or a part of it. */
  readonly oneMachine: 'keeps it' | 'never' | 'partly'
}

type Row = readonly [name: string, bound?: Bound | undefined, oneMachine?: ListedPromise['oneMachine']]

const rows = (component: ComponentName, source: ListedPromise['source'], listed: readonly Row[]) =>
  listed.map(([name, bound, oneMachine = 'keeps it']): ListedPromise => ({
    id: `${component}.${name}`,
    ...(bound ? { bound } : {}),
    source,
    oneMachine,
  }))

export const promises: readonly ListedPromise[] = [
  ...rows('cdn', 'document', [
    ['originPrivate'],
    ['staticCaching', { atLeast: duration('365 days') }],
    ['cacheBusting'],
    ['imageCaching', { atLeast: duration('7 days') }],
    ['fontCaching', { atLeast: duration('7 days') }],
    ['apiUncached'],
    ['originShield'],
    ['compression'],
    ['https'],
    ['certificate', { above: duration('30 days') }],
    ['spaRouting'],
    ['worldwide', undefined, 'never'],
  ]),
  ...rows('cdn', 'ours', [
    ['atomicReleases'],
    ['rollback'],
    ['keptAssets'],
    ['errorsUncached'],
    ['securityHeaders'],
    ['hitRatio', { atLeast: percent(99) }],
  ]),
  ...rows('database', 'document', [
    ['instanceClass', undefined, 'partly'],
    ['storage', undefined, 'never'],
    ['standby'],
    ['survivesMachineLoss', undefined, 'never'],
    ['readReplica'],
    ['poolMinimum', { atLeast: count(10, 'connections') }],
    ['poolMaximum', { exactly: count(100, 'connections') }],
    ['poolIdle', { exactly: duration('300 seconds') }],
    ['poolWait', { exactly: duration('30 seconds') }],
    ['parameters'],
    ['monitoring'],
    ['insights'],
    ['network', undefined, 'partly'],
  ]),
  ...rows('database', 'ours', [
    ['noLostWrites'],
    ['boundedStaleness', { atMost: duration('5 seconds') }],
    ['encryptedConnections'],
  ]),
  ...rows('loadTesting', 'document', [
    ['smoke', { users: count(5, 'users'), over: duration('1 minute') }],
    ['load', { users: count(100, 'users'), over: duration('9 minutes') }],
    ['stress', { users: count(1000, 'users'), over: duration('32 minutes') }],
    ['soak', { users: count(100, 'users'), over: duration('70 minutes') }],
    ['journey'],
    ['responseTime', { below: duration('500 ms') }],
    ['errorRate', { below: percent(1) }],
    ['successRate', { above: percent(95) }],
    ['reports'],
  ]),
  ...rows('loadTesting', 'ours', [
    ['tailLatency', { below: duration('1 second') }],
    ['thinkTime', { between: [duration('1 second'), duration('5 seconds')] }],
  ]),
  ...rows('backup', 'document', [
    ['daily', { exactly: duration('7 days') }],
    ['weekly', { exactly: duration('30 days') }],
    ['monthly', { exactly: duration('90 days') }],
    ['pointInTime'],
    ['transactionLogs', { atLeast: duration('24 hours') }],
    ['fileVersions'],
    ['otherRegion', undefined, 'partly'],
    ['infrequentAccess', { exactly: duration('30 days') }, 'never'],
    ['archive', { exactly: duration('90 days') }, 'never'],
    ['expiry', { exactly: duration('365 days') }],
    ['statePointInTime'],
    ['stateDaily', { exactly: duration('7 days') }],
    ['verification', { atMost: duration('7 days') }],
    ['restoreTest'],
    ['notification'],
  ]),
  ...rows('backup', 'ours', [
    ['encryption'],
    ['freshness', { atMost: duration('26 hours') }],
    ['recoveryPoint', { atMost: duration('120 seconds') }],
    ['recoveryTime', { atMost: duration('15 minutes') }],
  ]),
  ...rows('app', 'ours', [['answers'], ['loopbackOnly'], ['drains']]),
  ...rows('monitoring', 'document', [
    ['databaseCpu', { above: percent(80) }],
    ['freeableMemory', { below: bytes('256 MB') }],
    ['freeStorage', { below: bytes('10 GB') }],
    ['connections', { above: count(400, 'connections') }],
    ['replicaLag', { above: duration('300 seconds') }],
    ['cdnErrors', { above: percent(1) }],
    ['hitRatio', { below: percent(90) }],
  ]),
  ...rows('monitoring', 'ours', [
    ['readIops', { above: percent(80) }],
    ['writeIops', { above: percent(80) }],
    ['readLatency', { above: duration('20 ms') }],
    ['writeLatency', { above: duration('20 ms') }],
    ['queueDepth', { above: count(10, 'requests') }],
    ['backupFailed', { above: count(0, 'failures') }],
    ['backupSize', { between: [count(0.5, '×'), count(1.5, '× the median')] }],
    ['backupDuration', { above: duration('3600 seconds') }],
    ['originLatency', { above: duration('1 second') }],
    ['silence'],
    ['delivery'],
  ]),
]

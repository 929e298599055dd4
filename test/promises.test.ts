import { describe, expect, it } from 'vitest'
import { backup } from '../infrastructure/backup/guarantees.ts'
import { monitoring } from '../infrastructure/monitoring/guarantees.ts'
import { backupSettings } from '../infrastructure/backup/settings.ts'
import { monitoringSettings } from '../infrastructure/monitoring/settings.ts'
import { allGuarantees, neverOnOneMachine } from '../infrastructure/compose.ts'
import { showBound } from '../src/core/guarantee.ts'
import { promises } from './promises.ts'

/** The bound alone, without the words around it; what a count is of may be said in other words. */
function boundOf(promise: object): string {
  const parts = Object.entries(promise).filter(([name]) => bounds.includes(name))
  return JSON.stringify(Object.fromEntries(parts), (key: string, value: unknown) => (key === 'of' ? undefined : value))
}
const bounds = ['atLeast', 'atMost', 'below', 'above', 'exactly', 'users', 'over', 'between']

const listed = (answer: string) => promises.filter(({ oneMachine }) => oneMachine === answer).map(({ id }) => id)

describe('the guarantees', () => {
  it('are those that were promised, each once', () => {
    expect(allGuarantees.map(({ id }) => id).toSorted()).toEqual(promises.map(({ id }) => id).toSorted())
  })

  it.each(allGuarantees.map((guarantee) => [guarantee.id, guarantee] as const))(
    '%s has the bound and the source that were promised',
    (id, guarantee) => {
      const promised = promises.find((promise) => promise.id === id)
      expect({ bound: boundOf(guarantee), source: guarantee.source }).toEqual({
        bound: boundOf(promised?.bound ?? {}),
        source: promised?.source,
      })
    },
  )

  it('leave to more machines what one can never keep, and nothing else', () => {
    const never = [...neverOnOneMachine]
    expect(listed('never').filter((id) => !neverOnOneMachine.has(id))).toEqual([])
    expect(never.filter((id) => listed('keeps it').some((its) => its === id))).toEqual([])
  })

  it('say each a sentence', () => {
    expect(allGuarantees.filter(({ says }) => !/^[A-Z\d].*\.$/.test(says)).map(({ id }) => id)).toEqual([])
  })

  it('show every bound in words', () => {
    const bounded = new Set<string>(promises.flatMap(({ id, bound }) => (bound ? [id] : [])))
    expect(allGuarantees.filter((guarantee) => bounded.has(guarantee.id) && showBound(guarantee) === '')).toEqual([])
  })

  it('are each what its own setting begins with', () => {
    const [{ daily, weekly, monthly, transactionLogs, files, applicationState }, { alarms }] = [
      backupSettings.parse({}),
      monitoringSettings.parse({}),
    ]
    expect([daily.keep, weekly.keep, monthly.keep, transactionLogs.keep]).toEqual([
      backup.daily.exactly,
      backup.weekly.exactly,
      backup.monthly.exactly,
      backup.transactionLogs.atLeast,
    ])
    expect([files.infrequentAccess, files.archive, files.expiry, applicationState.keep]).toEqual([
      backup.infrequentAccess.exactly,
      backup.archive.exactly,
      backup.expiry.exactly,
      backup.stateDaily.exactly,
    ])
    expect(alarms).toEqual({
      databaseCpuPercent: monitoring.databaseCpu.above.percent,
      freeableMemory: monitoring.freeableMemory.below,
      freeStorage: monitoring.freeStorage.below,
      connections: monitoring.connections.above.count,
      replicaLag: monitoring.replicaLag.above,
      readIopsPercent: monitoring.readIops.above.percent,
      writeIopsPercent: monitoring.writeIops.above.percent,
      readLatency: monitoring.readLatency.above,
      writeLatency: monitoring.writeLatency.above,
      queueDepth: monitoring.queueDepth.above.count,
      backupSizeAtLeast: monitoring.backupSize.between[0].count,
      backupSizeAtMost: monitoring.backupSize.between[1].count,
      backupDuration: monitoring.backupDuration.above,
      cdnErrorsPercent: monitoring.cdnErrors.above.percent,
      hitRatioPercent: monitoring.hitRatio.below.percent,
      originLatency: monitoring.originLatency.above,
    })
  })
})

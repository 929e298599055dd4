import { expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { main } from '../../src/cli/main.ts'
import type { Measured } from '../../src/core/alarm.ts'
import { figureName } from '../../src/core/cloudwatch-alarm.ts'
import { measuredOnAws } from '../aws-alarms.ts'
import { allMeasured } from '../compose.ts'
import { allFunctionAlarms } from '../own-functions.ts'

const idOf = ({ promise }: Measured): string => (typeof promise === 'string' ? `monitoring.${promise}` : promise.id)

const listed = async (...argv: readonly string[]): Promise<string> => {
  const { world, stdout } = testWorld({ argv: ['alarms', ...argv] })
  expect(await main(world)).toBe(0)
  return stdout()
}

it('lists every alarm with what both targets are told of it', async () => {
  const text = await listed()
  for (const measured of allMeasured) {
    const { runbook, means } = measured
    for (const part of [idOf(measured), `docs/runbooks/${runbook}`, means]) expect(text).toContain(part)
  }
  for (const { promise, metric } of measuredOnAws) {
    expect([promise, text.includes(`${figureName(metric)} ${metric.statistic}`)]).toEqual([promise, true])
  }
  expect(text).toContain('(max(sum by (server) (pg_stat_activity_count))) > 400')
  expect(text).toContain('DatabaseConnections Average GreaterThanThreshold 400, 1 × 60 s, missing data breaching')
})

it('shows of a backup that failed what rings on AWS, which is another figure than here, and what its letter says', async () => {
  const [, its = ''] = /\nmonitoring\.backupFailed(.*?)\n\n/s.exec(await listed()) ?? []
  expect(its).toContain(
    'NumberOfBackupJobsFailed + NumberOfBackupJobsAborted + NumberOfBackupJobsExpired + 0 * NumberOfBackupJobsCompleted Sum GreaterThanThreshold 0, 1 × 86400 s, missing data ignore',
  )
  expect(its).not.toContain('NumberOfBackupJobsFailed Sum')
  expect(its).toMatch(/AWS: look +edge verify backup --target aws/)
  expect(its).toMatch(/AWS: means +A backup failed, was given up/)
})

it('lists what rings about the functions that run on AWS, with period, statistic and what missing data means', async () => {
  const text = await listed()
  for (const { id } of allFunctionAlarms) expect(text).toContain(`\n${id}  `)
  expect(text).toContain(
    'Errors + Throttles + 0 * Invocations Sum GreaterThanThreshold 0, 3 × 300 s, missing data ignore',
  )
  expect(text).toContain('Invocations Sum LessThanThreshold 1, 3 × 900 s, missing data breaching')
  expect(text).toContain('FailedInvocations Sum GreaterThanThreshold 0, 1 × 3600 s, missing data notBreaching')
  const { onAws }: { onAws: { id: string; cloudWatch: unknown[] }[] } = JSON.parse(await listed('--json'))
  expect(onAws.map(({ id }) => id)).toEqual(['monitoring.diskOperations', ...allFunctionAlarms.map(({ id }) => id)])
})

it('lists what the disk does altogether, which AWS has as a sum', async () => {
  expect(await listed()).toContain(
    'ReadIOPS + WriteIOPS Average GreaterThanThreshold 2400, 5 × 60 s, missing data breaching',
  )
})

it('says the same as JSON', async () => {
  const { alarms, own }: { alarms: { id: string; fires: string }[]; own: unknown[] } = JSON.parse(
    await listed('--json'),
  )
  expect(alarms.map(({ id }) => id)).toEqual(allMeasured.map(idOf))
  expect(alarms.find(({ id }) => id === 'monitoring.replicaLag')?.fires).toBe('> 5 min for 1 min')
  expect(own.length).toBeGreaterThan(3)
})

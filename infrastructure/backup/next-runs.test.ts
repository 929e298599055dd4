import { expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { withFolder } from '../../test/with-folder.ts'
import type { Backups } from './backups.ts'
import { tellFailed } from './figures.ts'
import { nextRuns } from './next-runs.ts'
import { backupPaths } from './paths.ts'
import { backupSettings } from './settings.ts'

test('names each job of the agent, when it is due, and which of them failed last', () =>
  withFolder(async (state) => {
    const settings = backupSettings.parse({})
    const at = '2026-01-03T06:20:00.000Z'
    const facts = { good: false, because: 'a row is missing' }
    const newest = async () => ({ drill: 'backup-verification', at, took: 60_000, of: {}, facts })
    // Nothing else of an instance is asked for.
    const backups = {
      state,
      settings,
      paths: backupPaths({ ...exampleInstance, state }, settings),
      records: { newest, keep: () => Promise.resolve() },
    } as unknown as Backups
    await tellFailed(backups, ['weekly', 'files'], new Date('2026-01-04T02:00:00.000Z'))
    const runs = await nextRuns(backups, { now: () => new Date('2026-01-04T02:10:00.000Z') })
    expect(runs.map(({ name, next, failed }) => [name, next, failed])).toEqual([
      ['files', '2026-01-04T02:30:00.000Z', '2026-01-04T02:00:00.000Z'],
      ['daily', '2026-01-04T03:00:00.000Z', null],
      ['weekly', '2026-01-11T02:00:00.000Z', '2026-01-04T02:00:00.000Z'],
      ['monthly', '2026-02-01T01:00:00.000Z', null],
      ['verification', '2026-01-10T06:00:00.000Z', at],
    ])
    expect(runs.at(-1)).toMatchObject({ last: at, what: 'a row is missing' })
  }))

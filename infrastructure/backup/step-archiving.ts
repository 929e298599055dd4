import type { Observation, Step } from '../../src/core/plan.ts'
import { archived, archiverOf, isFailing, newestSegmentAt } from './archive.ts'
import type { Backups } from './backups.ts'

/** Archiving that fails is tried again by itself; only where nothing has come for this long, something is wrong. */
const patienceMs = 120_000

/** The log comes into the first repository: seen once, before anybody relies on it. */
export function archivingStep(backups: Backups, after: readonly string[]): Step {
  return {
    kind: 'step',
    name: 'backup-archiving',
    component: 'backup',
    title: 'log archive',
    after: ['backup-repository', ...after],
    observe: async (world): Promise<Observation> => {
      const newest = await newestSegmentAt(backups, world)
      if (newest === undefined) return { missing: 'the first segment of the log' }
      const state = await archiverOf(backups)
      const silent = state.failed === null ? 0 : state.failed.getTime() - newest
      return isFailing(state) && silent > patienceMs ? { missing: `archiving fails: ${state.wal}` } : 'done'
    },
    ensure: (world) => archived(backups, world),
    detail: async () => 'every segment, once a minute at least',
  }
}

import type { DrillRecord, Records } from '../../../src/core/record.ts'

/** What drills write down, in a list: it is looked at, and nothing of it comes to a disk. */
export const recordsIn = (kept: DrillRecord[]): Records => ({
  newest: () => Promise.resolve(kept.at(-1)),
  keep: (record) => Promise.resolve(void kept.push(record)),
})

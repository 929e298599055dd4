import { expect, test } from 'vitest'
import { coverage, newestSegmentAt, newestTimeline } from './archive.ts'
import type { Backups } from './backups.ts'
import { nameOf } from './timeline.ts'

const repositories = ['https://s3.example.com/backups/database']
/** Half a year of a segment every two minutes; as pgBackRest lists them. */
const count = 130_000
const listed = Object.fromEntries(
  Array.from({ length: count }, (_, number) => [
    `15-1/${nameOf({ timeline: 3, number: number + 1 })}-${'0'.repeat(40)}.lz4`,
    { type: 'file', size: 1, time: number },
  ]),
)
const stdout = JSON.stringify(listed)
const world = { run: async () => ({ code: 0, stdout, stderr: '', timedOut: false }) }

test('an archive has more segments than a function takes arguments', async () => {
  // Nothing else of an instance is asked for.
  const backups = { paths: { database: { repositories } } } as unknown as Pick<Backups, 'paths'>
  expect(await newestSegmentAt(backups, world)).toBe((count - 1) * 1000)
  expect(await newestTimeline(backups, world, 1)).toBe(3)
  expect(await coverage(backups, [], world)).toMatchObject({
    segments: count,
    until: new Date((count - 1) * 1000).toISOString(),
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { leaveReport } from '../../test/long-report.ts'
import type { DamagedPage } from './proofs/test-damaged-page.ts'
import { runDated } from './proofs/test-dated-run.ts'

let seen: DamagedPage
beforeAll(async () => {
  seen = await runDated('test-damaged-page.ts')
  await leaveReport('damaged-page', seen)
})

describe('while a page of the database is damaged', () => {
  it('pgBackRest itself makes the backup and marks it as bad', () => {
    expect(seen.before.first).toEqual(['good', 'good'])
    expect(seen.during.first).toEqual(['good', 'good', 'bad', 'bad'])
  })

  it('the backup failed: it is said, with what to do, and rings until a good one is there', () => {
    for (const said of seen.failed) expect(said).toMatch(/has damaged pages: the database itself is damaged \| nothing/)
    expect(seen.messages.filter((says) => says.startsWith('the daily backup failed: '))).toHaveLength(2)
    expect(seen.during.failed).toContain('daily')
  })

  it('nothing expires anywhere, also of what is over its time', () => {
    expect([seen.during.second, seen.during.files]).toEqual([seen.before.second, [3, 3]])
  })

  it('the last good backup brings its moment back', () => {
    expect(seen.copy).toMatchObject({ day: 1, rows: ['before'] })
  })
})

it('a good backup ends what rang, and as soon as backups are made again as they should all goes that is over its time', () => {
  expect([seen.made, seen.next]).toEqual([
    ['made, 0 expired', 'made, 0 expired', 'made, 1 expired'],
    ['made, 0 expired', 'made, 4 expired'],
  ])
  expect(seen.messages.filter((says) => says.startsWith('nothing expires for a day'))).toHaveLength(1)
  expect(seen.after).toEqual({ first: ['good', 'good'], second: ['good', 'good'], files: [1, 1], failed: [] })
})

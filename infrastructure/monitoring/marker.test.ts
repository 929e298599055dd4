import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { OperatorError } from '../../src/core/errors.ts'
import { abandonedIn, mark, unmark } from './marker.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-marks-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const begin = (alarm: string) => mark(folder, alarm, alarm, new Date())

it.each([
  ['two drills', 'siteDown'],
  ['the same drill twice', 'connections'],
])('lets at most one begin of %s that begin at one moment', async (_, other) => {
  for (let round = 0; round < 20; round += 1) {
    const begun = await Promise.allSettled([begin('connections'), begin(other)])
    const refused = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused.length).toBeGreaterThan(0)
    for (const why of refused) expect(why).toBeInstanceOf(OperatorError)
    expect(await readdir(folder)).toHaveLength(2 - refused.length)
    for (const alarm of ['connections', other]) await unmark(folder, alarm)
  }
})

it('lets one begin when the other has ended, and finds none that was left behind', async () => {
  await begin('connections')
  await expect(begin('siteDown')).rejects.toMatchObject({
    message: expect.stringContaining('the drill of connections'),
  })
  await unmark(folder, 'connections')
  await begin('siteDown')
  expect(await abandonedIn(folder)).toEqual([])
})

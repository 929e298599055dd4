import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { World } from '../../src/core/world.ts'
import { testWorld } from '../../test/world.ts'
import { readCatalog, writeEntry } from './catalog.ts'
import { expireAfter } from './expire.ts'
import { testBackups, testEntry } from './proofs/test-backups.ts'

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-expire-'))
})
afterEach(() => rm(state, { recursive: true, force: true }))

const now = new Date('2026-03-01T03:00:00.000Z')
const made = {
  ...testEntry(3, now.toISOString()),
  second: { path: '', fileSystem: 'ext4', hasFiles: true },
}

/** A backup every three days, of nine days, each place of which answers that it holds nothing; those that are away do not answer. */
async function expiring(away: RegExp) {
  const asked: string[] = []
  const told: string[] = []
  const backups = testBackups(state, {
    inbox: { put: async ({ says }) => void told.push(says), newest: async () => [] },
  })
  const { world } = testWorld()
  const run: World['run'] = async (command) => {
    const line = command.join(' ')
    asked.push(line)
    const isAway = away.test(line)
    return { code: isAway ? 1 : 0, stdout: '[]', stderr: isAway ? 'Fatal: it is away' : '', timedOut: false }
  }
  for (let number = 0; number <= 3; number += 1)
    await writeEntry(
      backups.paths.catalog,
      testEntry(number, new Date(now.getTime() - (3 - number) * 3 * 86_400_000).toISOString()),
    )
  return { backups, world: { ...world, now: () => now, run }, asked, told }
}

it('asks no place that has not got the backup: it is away', async () => {
  const { backups, world, asked, told } = await expiring(/backup\/second|repo=2/)
  const missed = { ...made, second: { ...made.second, hasFiles: false } }
  expect(await expireAfter(missed, backups, world)).toEqual({ backups: 0, snapshots: 0 })
  expect([told, asked.filter((line) => /backup\/second|repo=2/.test(line))]).toEqual([[], []])
  expect(asked).toContainEqual(expect.stringContaining('backup/repository/files'))
})

it.each([
  ['the files in the second place', /backup\/second/],
  ['the database in the first', /pgbackrest/],
])('is told by itself where %s do not answer, and the backup stands', async (_, away) => {
  const { backups, world, asked, told } = await expiring(away)
  expect(await expireAfter(made, backups, world)).toEqual({ backups: 0, snapshots: 0 })
  expect(told).toEqual([
    expect.stringMatching(/^the backup was made, and what is over its time did not expire: .*(away|ended with 1)/),
  ])
  expect(asked).toContainEqual(expect.stringContaining('backup/second/files'))
})

it('takes no backup of the database where nobody knows which are damaged, and says so', async () => {
  const { backups, world, asked, told } = await expiring(/nothing is/)
  const records = { ...backups.records, newest: async () => ({ damaged: '/srv/records/7.json' }) }
  expect(await expireAfter(made, { ...backups, records }, world)).toEqual({ backups: 0, snapshots: 0 })
  expect(asked.filter((line) => line.endsWith(' expire'))).toEqual([])
  expect(told).toEqual([expect.stringContaining('which backups are damaged nobody knows: /srv/records/7.json')])
  await expireAfter(made, backups, world)
  expect(asked.filter((line) => line.endsWith(' expire'))).toHaveLength(1)
})

it('takes nothing, and says so, where the backups before are much older: the clock may be wrong', async () => {
  const { backups, world, asked, told } = await expiring(/nothing is/)
  const ahead = new Date(now.getTime() + 3650 * 86_400_000)
  await writeEntry(backups.paths.catalog, testEntry(4, ahead.toISOString()))
  expect(await expireAfter(made, backups, { ...world, now: () => ahead })).toEqual({ backups: 0, snapshots: 0 })
  expect([asked, (await readCatalog(backups.paths.catalog)).length]).toEqual([[], 5])
  expect(told).toEqual([expect.stringContaining('no backup for 3650 days before')])
})

import { join } from 'node:path'
import { DatabaseError } from 'pg'
import { expect, test } from 'vitest'
import { Interrupted } from '../../src/core/errors.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { makePrivateDirectory, writeAtomically } from '../../src/targets/local/files.ts'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { damageFacts } from './damaged.ts'
import { testBackups } from './proofs/test-backups.ts'
import { bareInWords, tryEvery, verifyEvery } from './verify-every.ts'

const made = (label: string, size = 1) => ({
  label,
  type: 'full',
  error: false,
  annotation: { tier: 'daily' },
  archive: { start: null, stop: null },
  timestamp: { start: 0, stop: 1 },
  info: { size, repository: { delta: 1 } },
})
type Made = ReturnType<typeof made>

/** More than any disk has. */
const huge = 1024 ** 5

/** Both repositories list these, of which none comes back; `at`: what is done when the copy of one begins. */
function trying(
  state: string,
  listed: readonly (readonly Made[])[],
  at: (line: string) => void = () => undefined,
  known?: DrillRecord,
  inTurn = (work: () => Promise<void>) => work(),
) {
  const kept: DrillRecord[] = []
  const told: string[] = []
  const copied: string[] = []
  const backups = testBackups(state, {
    records: { newest: async () => known, keep: async (record) => void kept.push(record) },
    inbox: { put: async ({ says }) => void told.push(says), newest: async () => [] },
  })
  const { world } = testWorld()
  const run: World['run'] = async (command) => {
    const line = command.join(' ')
    const repository = line.includes('--repo=2') ? 2 : 1
    const info = [{ backup: listed[repository - 1], status: { code: 0, message: 'ok' } }]
    const isCopy = command[0].endsWith('pgbackrest') && command.at(-1) === 'restore'
    if (isCopy) copied.push(/--set=(\w+)/.exec(line)?.[1] ?? '')
    if (isCopy) at(line)
    if (isCopy) return { code: 1, stdout: '', stderr: 'ERROR: [039]: its log is gone', timedOut: false }
    const stdout = command[0].endsWith('pgbackrest') ? JSON.stringify(info) : '[]'
    return { code: 0, stdout, stderr: '', timedOut: false }
  }
  const go = () => tryEvery(backups, { cluster: '1' }, inTurn, { ...world, run }, () => undefined)
  return { backups, go, kept, told, copied }
}

test('records and tells what did not come back', () =>
  withFolder(async (state) => {
    const { go, kept, told } = trying(state, [[made('a'), made('b')], [made('c')]])
    await expect(go()).rejects.toThrow(/^a in the first repository: .*its log is gone; and 2 more$/)
    expect(kept).toMatchObject([
      {
        of: { cluster: '1' },
        facts: { good: false, problems: 3, ...damageFacts(1, ['a', 'b']), ...damageFacts(2, ['c']) },
      },
    ])
    expect(told).toEqual([expect.stringContaining('a in the first repository')])
  }))

test('what was found is recorded where somebody ends it, and what was not tried stays as it was known', () =>
  withFolder(async (state) => {
    const facts = { good: false, ...damageFacts(1, ['a', 'b', 'z']), ...damageFacts(2, ['c']) }
    const known = { drill: 'backup-every', at: '', took: 1, of: {}, facts }
    const end = (line: string) => {
      if (line.includes('--set=b')) throw new Interrupted()
    }
    const { go, kept } = trying(state, [[made('a'), made('b')], [made('c')]], end, known)
    await expect(go()).rejects.toBeInstanceOf(Interrupted)
    const now = { ...damageFacts(1, ['b', 'z', 'a']), ...damageFacts(2, ['c']) }
    expect(kept).toMatchObject([{ facts: { good: false, problems: 1, ...now } }])
  }))

test('what the server of a copy refuses is recorded of that backup, and the others are tried', () =>
  withFolder(async (state) => {
    const refuses = (line: string) => {
      if (line.includes('--set=a')) throw new DatabaseError('relation "edge.backup_marker" does not exist', 1, 'error')
      if (line.includes('--set=b')) throw new Error('Connection terminated unexpectedly')
    }
    const { go, kept } = trying(state, [[made('a'), made('b')], [made('c')]], refuses)
    await expect(go()).rejects.toThrow(/^a in the first repository: relation .* does not exist; and 2 more$/)
    expect(kept).toMatchObject([{ facts: { good: false, ...damageFacts(1, ['a', 'b']), ...damageFacts(2, ['c']) } }])
  }))

test('a mistake of ours ends it, and is taken for nothing that is wrong with a backup', () =>
  withFolder(async (state) => {
    const mistaken = () => {
      throw new TypeError('x is not a function')
    }
    const { go, kept, copied } = trying(state, [[made('a')], [made('c')]], mistaken)
    await expect(go()).rejects.toBeInstanceOf(TypeError)
    expect([kept, copied]).toEqual([[], ['a']])
  }))

test('says of how many no file was looked for', () => {
  // One of an earlier version says nothing of it.
  expect([bareInWords({ withoutFiles: 0 }), bareInWords({})]).toEqual([undefined, undefined])
  expect(bareInWords({ withoutFiles: 2 })).toBe(
    'of 2 the database alone was looked through: none of their files are noted or copied',
  )
})

test('records nothing where somebody ends it before anything was found', () =>
  withFolder(async (state) => {
    const end = () => {
      throw new Interrupted()
    }
    const { go, kept, told } = trying(state, [[made('a')], []], end)
    await expect(go()).rejects.toBeInstanceOf(Interrupted)
    expect([kept, told]).toEqual([[], []])
  }))

test('records nothing where the disk has no room for what is tried', () =>
  withFolder(async (state) => {
    const { go, kept, told } = trying(state, [[made('a', huge)], [made('c', huge)]])
    await expect(go()).rejects.toThrow(/MB free below .* MB needed/)
    expect([kept, told]).toEqual([[], []])
  }))

test('records what was found before there was no room, and says both', () =>
  withFolder(async (state) => {
    const { go, kept } = trying(state, [[made('a'), made('b', huge)], [made('c', huge)]])
    await expect(go()).rejects.toThrow(/^a in the first repository: .*; not all were tried: .* MB needed/)
    expect(kept).toMatchObject([{ facts: { good: false, problems: 1, ...damageFacts(1, ['a']) } }])
  }))

test('records nothing of a repository that is not mounted', () =>
  withFolder(async (state) => {
    const { go, kept, told, copied } = trying(state, [[made('a')], [made('c')]])
    const places = join(state, 'backup', 'places')
    await makePrivateDirectory(places)
    for (const name of ['repository', 'second'])
      await writeAtomically(join(places, join(state, 'backup', name).slice(1).replaceAll('/', '-')), 'it was here\n')
    await expect(go()).rejects.toThrow('is its disk mounted?')
    expect([kept, told, copied]).toEqual([[], [], []])
  }))

test('a repository that lists nothing is recorded as bad', () =>
  withFolder(async (state) => {
    const { go, kept } = trying(state, [[], []])
    await expect(go()).rejects.toThrow('the first repository: it lists no good backup of this PostgreSQL; and 1 more')
    expect(kept).toMatchObject([{ facts: { good: false, restoredOfFirst: 0, restoredOfSecond: 0 } }])
  }))

test('takes a turn for each, and passes over one that has expired until then', () =>
  withFolder(async (state) => {
    const first = [made('a'), made('b')]
    let turns = 0
    const inTurn = async (work: () => Promise<void>) => {
      turns += 1
      // Another backup has come, and taken the oldest one away.
      if (turns === 1) first.splice(0, 1, made('new'))
      await work()
    }
    const { go, kept, copied } = trying(state, [first, [made('c')]], undefined, undefined, inTurn)
    await expect(go()).rejects.toThrow('b in the first repository')
    expect([turns, copied]).toEqual([3, ['b', 'c']])
    expect(kept).toMatchObject([{ facts: { problems: 2, ...damageFacts(1, ['b']) } }])
  }))

test('tries nothing where backups were never deployed', () =>
  withFolder(async (state) => {
    const { backups } = trying(state, [[], []])
    const verified = verifyEvery(
      backups,
      (work) => work(),
      testWorld().world,
      () => undefined,
    )
    await expect(verified).rejects.toThrow('backups were never deployed here')
  }))

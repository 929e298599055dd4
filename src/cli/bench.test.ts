import { expect, test } from 'vitest'
import { exit, OperatorError } from '../core/errors.ts'
import type { Part, Room } from '../../bench/part.ts'
import { result } from '../../bench/result.ts'
import { testWorld } from '../../test/world.ts'
import { rooms as measured } from '../../bench/rooms.ts'
import { measureRooms } from './bench.ts'
import { verbs } from './verbs.ts'

const fast = result('a verb', 's', { atMost: 2 }, [1, 2, 1])
const slow = result('another verb', 's', { atMost: 2 }, [3, 4, 3])
const measuring = (name: string, ...figures: (typeof fast)[]): Part => ({
  name,
  measure: async ({ found }) => figures.forEach(found),
})
const failing: Part = {
  name: 'broken',
  measure: async ({ found }) => {
    found(fast)
    throw new Error('nginx: no such module')
  },
}
const room = (...parts: Part[]): Room => ({ needsEngines: false, load: async () => ({ parts }) })
const nothing = { json: false, prepare: async () => undefined }

async function run(rooms: Readonly<Record<string, Room>>, named: readonly string[] = [], how = nothing) {
  const { world, stdout } = testWorld()
  const code = await measureRooms(world, rooms, named, how)
  return { code, stdout: stdout() }
}

test('shows each figure as it comes, and ends with 0 where all goals are met', async () => {
  const { world, stdout } = testWorld()
  let seen = ''
  const watching: Part = { name: 'later', measure: async () => void (seen = stdout()) }
  expect(await measureRooms(world, { cli: room(measuring('verbs', fast), watching) }, [], nothing)).toBe(0)
  expect(seen).toMatch(/✓ a verb +1\.00 s +≤ 2 +\(3 samples, 1\.00 to 2\.00\)/)
  expect(stdout()).toContain('1 of 1 goals met\n')
})

test('ends with 1 where a goal is missed', async () => {
  const { code, stdout } = await run({ cli: room(measuring('verbs', fast, slow)) })
  expect([code, stdout]).toEqual([1, expect.stringContaining('✗ another verb')])
})

test('goes on where a part fails, keeps what it had, and says what failed', async () => {
  const { code, stdout } = await run({
    cdn: room(failing, measuring('after', fast)),
    cli: room(measuring('verbs', fast)),
  })
  expect(code).toBe(1)
  expect(stdout).toContain('✗ broken: nginx: no such module\n')
  expect(stdout).toContain('3 of 3 goals met, broken not measured\n')
})

test('goes on where a room cannot be loaded, or lacks what it needs', async () => {
  const rooms = {
    aws: { needsEngines: false, load: () => Promise.reject(new Error("Cannot find package 'aws-cdk-lib'")) },
    cdn: { ...room(measuring('serving', fast)), needsEngines: true },
    cli: room(measuring('verbs', fast)),
  }
  const prepare = () => Promise.reject(new Error('nginx has to be installed, which needs root'))
  const { code, stdout } = await run(rooms, [], { json: false, prepare })
  expect(code).toBe(1)
  expect(stdout).toContain("✗ aws: Cannot find package 'aws-cdk-lib'\n")
  expect(stdout).toContain('✗ cdn: nginx has to be installed, which needs root\n')
  expect(stdout).toContain('1 of 1 goals met, aws, cdn not measured\n')
})

test('measures the rooms that were named, and brings engines for no other', async () => {
  const rooms = { cdn: { ...room(failing), needsEngines: true }, cli: room(measuring('verbs', fast)) }
  const prepare = () => Promise.reject(new Error('called'))
  expect((await run(rooms, ['cli'], { json: false, prepare })).code).toBe(0)
})

test('measures nothing where all that was chosen lacks what it needs: that is a prerequisite', async () => {
  const prepare = () => Promise.reject(new OperatorError('nginx', 'is missing', 'sudo edge prepare', exit.usage))
  const rooms = { cdn: { ...room(failing), needsEngines: true } }
  await expect(run(rooms, [], { json: true, prepare })).rejects.toMatchObject({
    exitCode: 2,
    hints: ['sudo edge prepare'],
  })
})

test('answers one JSON object, with figures and failures', async () => {
  const { code, stdout } = await run({ cdn: room(failing) }, [], { ...nothing, json: true })
  expect([code, JSON.parse(stdout)]).toEqual([
    1,
    {
      figures: [{ room: 'cdn', ...fast }],
      failed: [{ room: 'cdn', part: 'broken', because: 'nginx: no such module' }],
    },
  ])
})

test('stops where it is interrupted, with the figures that came until then, and calls nothing failed', async () => {
  const stop = new AbortController()
  const { world, stdout } = testWorld({ signal: stop.signal })
  const cut: Part = {
    name: 'long',
    measure: async ({ found, signal }) => {
      found(fast)
      stop.abort()
      signal.throwIfAborted()
    },
  }
  const rooms = { cdn: room(cut, measuring('never', slow)) }
  expect(await measureRooms(world, rooms, [], { ...nothing, json: true })).toBe(130)
  expect(JSON.parse(stdout())).toEqual({ figures: [{ room: 'cdn', ...fast }], failed: [] })
})

test('names the rooms that there are to who names another', async () => {
  await expect(run({ cdn: room(failing), cli: room() }, ['cdm'])).rejects.toMatchObject({ exitCode: 2 })
})

test('names every room that has speeds in its help', () => {
  const [{ description = '' } = {}] = verbs.find(({ name }) => name === 'bench')?.arguments ?? []
  const [named = ''] = description.split(';')
  expect(named.split(/, | or /)).toEqual(Object.keys(measured))
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { rooms } from '../../infrastructure/rooms.ts'
import { main } from './main.ts'
import { verbs } from './verbs.ts'

test.each([
  [['verify', '--ca', 'ca.crt'], '--ca: means nothing without --url'],
  [['verify', '--api', '/health', '--json'], '--api: means nothing without --url'],
  [['plan', '--out', 'plan.json'], '--out: means nothing on this machine'],
  [['plan', '--drift', 'cdn'], '--drift: means nothing on this machine'],
  [['rollback', '--target', 'aws', '--contract', 'public.notes'], '--contract: means nothing on AWS'],
])('refuses %j, which it could only pass over', async (argv, message) => {
  const { world, stderr } = testWorld({ argv })
  expect(await main(world)).toBe(2)
  expect(stderr()).toContain(message)
})

test('answers a mistake with one JSON object where JSON was asked for', async () => {
  const { world, stdout } = testWorld({ argv: ['up', '--json', '--nope'] })
  expect(await main(world)).toBe(2)
  expect(JSON.parse(stdout())).toEqual({ error: { where: 'usage', message: "unknown option '--nope'", hints: [] } })
})

test('answers with one JSON object where it was interrupted, too', async () => {
  const argv = ['status', '--json', '--config', 'nowhere.ts']
  const { world, stdout } = testWorld({ argv, signal: AbortSignal.abort() })
  expect(await main(world)).toBe(130)
  expect(JSON.parse(stdout())).toMatchObject({ error: { where: 'interrupted' } })
})

test.each([
  [['plan', '--otu', 'x'], "unknown option '--otu'"],
  [['deplyo'], "unknown command 'deplyo'"],
])('says of %j what it does not know, with what may have been meant', async (argv, message) => {
  const { world, stderr } = testWorld({ argv })
  expect(await main(world)).toBe(2)
  expect(stderr()).toContain(message)
  expect(stderr()).toContain('Did you mean')
})

test('knows each verb of the rooms', () => {
  const ofRooms = rooms.flatMap(({ verbs: its = [] }) => its.map(({ name }) => name))
  expect(ofRooms.length).toBeGreaterThan(5)
  expect(verbs.map(({ name }) => name)).toEqual(expect.arrayContaining(ofRooms))
  expect(new Set(verbs.map(({ name }) => name)).size).toBe(verbs.length)
})

describe('where a configuration was named', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-main-'))
    await writeFile(
      join(folder, 'mine.config.ts'),
      `export default { name: 'nowhere', state: 'state', site: { static: 'public' } }\n`,
    )
  })
  afterAll(() => rm(folder, { recursive: true }))
  const reminder = 'with --config mine.config.ts each time, as here'

  test('a hint that names a command is followed by it', async () => {
    const { world, stderr } = testWorld({ argv: ['status', '--config', 'mine.config.ts'], cwd: folder })
    expect(await main(world)).toBe(1)
    expect(stderr()).toMatch(new RegExp(`edge up brings it up.*\\n.*hint: ${reminder}`))
  })

  test('it is followed by the target, too, where one was named', async () => {
    const argv = ['publish', 'dist', '--web', 'dist', '--target', 'local', '--config', 'mine.config.ts']
    const { world, stderr } = testWorld({ argv, cwd: folder })
    expect(await main(world)).toBe(2)
    expect(stderr()).toMatch(
      /edge publish dist\n.*hint: with --config mine\.config\.ts --target local each time, as here/,
    )
  })

  test('a hint that names none stands alone', async () => {
    const { world, stderr } = testWorld({ argv: ['status', '--config', 'other.config.ts'], cwd: folder })
    expect(await main(world)).toBe(2)
    expect(stderr()).not.toContain('each time')
  })
})

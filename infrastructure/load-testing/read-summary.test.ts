import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSummary } from './read-summary.ts'

it('takes what was cut off by a full disk, or never written, for no summary', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'summary-'))
  const path = join(folder, 'summary.json')
  expect(await readSummary(path)).toBeUndefined()
  for (const cut of ['', '{"metrics":{"http_re']) {
    await writeFile(path, cut)
    expect(await readSummary(path)).toBeUndefined()
  }
  await writeFile(path, '{"metrics":{}}')
  expect(await readSummary(path)).toEqual({ metrics: {} })
  await rm(folder, { recursive: true })
})

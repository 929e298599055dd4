import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { guaranteeFigures } from './guarantee-figures.ts'

it('says of each guarantee that is claimed whether it was kept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-verdicts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'verdicts.json')
  expect(await guaranteeFigures(file)).toBe('')
  const verdicts = [
    { id: 'cdn.https', verdict: 'kept' },
    { id: 'database.standby', verdict: 'broken' },
    { id: 'cdn.worldwide', verdict: 'notClaimed' },
  ]
  await writeFile(file, JSON.stringify(verdicts))
  expect((await guaranteeFigures(file)).split('\n').slice(2)).toEqual([
    'edge_guarantee_kept{id="cdn.https"} 1',
    'edge_guarantee_kept{id="database.standby"} 0',
    '',
  ])
  await writeFile(file, '[{')
  expect(await guaranteeFigures(file)).toBe('')
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { guaranteeFigures } from './guarantee-figures.ts'

it('says of each guarantee that is claimed whether it was kept, and when one was verified last', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-verdicts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'verdicts.json')
  expect(await guaranteeFigures(file)).toBe('')
  const verdicts = [
    { id: 'cdn.https', verdict: 'kept', measuredAt: '2026-01-02T03:04:05.000Z' },
    { id: 'database.standby', verdict: 'broken' },
    { id: 'cdn.worldwide', verdict: 'notClaimed', measuredAt: '2026-01-02T03:04:06.500Z' },
    { id: 'monitoring.connections', verdict: 'broken', evidence: { how: 'measured', facts: { silenced: true } } },
  ]
  await writeFile(file, JSON.stringify(verdicts))
  expect((await guaranteeFigures(file)).split('\n').slice(2)).toEqual([
    `edge_verified_seconds ${Date.UTC(2026, 0, 2, 3, 4, 6, 500) / 1000}`,
    expect.stringContaining('# HELP edge_guarantee_kept'),
    '# TYPE edge_guarantee_kept gauge',
    'edge_guarantee_kept{id="cdn.https"} 1',
    'edge_guarantee_kept{id="database.standby"} 0',
    'edge_guarantee_kept{id="monitoring.connections"} 0',
    expect.stringContaining('# HELP edge_guarantee_silenced'),
    '# TYPE edge_guarantee_silenced gauge',
    'edge_guarantee_silenced{id="monitoring.connections"} 1',
    '',
  ])
  await writeFile(file, '[{')
  expect(await guaranteeFigures(file)).toBe('')
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Run } from './pairs.ts'
import { generatedRuns, randomOf } from '../proofs/generated-runs.ts'
import { testWorld } from '../../../test/world.ts'
import { main } from '../../../src/cli/main.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compare-'))
  const { base, candidate } = generatedRuns(12, (step) => (step === 'login' ? 1.3 : 1), randomOf(3))
  await write('base', base)
  await write('slower', candidate)
  await write('same', generatedRuns(12, () => 1, randomOf(3)).candidate)
  const errors = { verdict: 'failed', reasons: ['login: 30 % of the requests failed (must be < 1 %)'] } as const
  const [first, ...others] = generatedRuns(12, (step) => (step === 'login' ? 0.5 : 1), randomOf(3)).candidate
  await write('failing', first ? [{ ...first, ...errors }, ...others] : [])
  const elsewhere = { id: 'm2', processors: 64, model: 'another', memoryMb: 262_144 }
  await write(
    'elsewhere',
    candidate.map((run) => ({ ...run, machine: elsewhere })),
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, runs: readonly Run[]): Promise<void> {
  for (const [number, run] of runs.entries()) {
    await mkdir(join(folder, name, String(number)), { recursive: true })
    await writeFile(join(folder, name, String(number), 'result.json'), JSON.stringify(run))
  }
}

async function compare(...args: string[]) {
  const { world, stderr, stdout } = testWorld({ argv: ['load-test', 'compare', ...args], cwd: folder })
  return { code: await main(world), stderr: stderr(), stdout: stdout() }
}

it('ends with 0 for a release that is as fast', async () => {
  const { code, stdout } = await compare('./base', './same')
  expect([code, stdout]).toEqual([0, expect.stringContaining('pass   no step is slower by +10 % or more')])
  expect(stdout).toContain('12 pairs')
})

it('ends with 1 for one that is slower, and says where', async () => {
  expect(await compare('./base', './slower')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/regressed {3}slower: login \+\d+/),
  })
  const { code, stdout } = await compare('./base', './slower', '--json')
  expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ verdict: 'regressed', pairs: 12 })])
})

it('does not pass a release that answers errors, however fast; and measures none by such a one', async () => {
  const says = '1 run of the candidate failed: login: 30 % of the requests failed'
  expect(await compare('./base', './failing')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`regressed   ${says}`),
  })
  expect(await compare('./failing', './base')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('1 of its 12 runs failed, and are no measure: login: 30 % of the requests failed'),
  })
})

it('refuses runs of another machine, and names both', async () => {
  const { code, stderr } = await compare('./base', './elsewhere')
  expect(code).toBe(2)
  expect(stderr).toContain('different machines')
  expect(stderr).toContain('./elsewhere: 64 × another, 256 GB, id m2')
})

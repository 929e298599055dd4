import { spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { removeLeftovers } from './leftovers.ts'
import { k6Below } from './processes.ts'
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

it('ends a k6 whose run was killed, and nothing else that works there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leftovers-'))
  const runs = join(folder, 'runs')
  const run = join(runs, 'killed')
  await mkdir(run, { recursive: true })
  await copyFile('/bin/sleep', join(folder, 'k6'))
  const start = (program: string) => {
    const child = spawn(program, ['600'], { cwd: run, stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    return { child, ended: new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal))) }
  }
  const [orphan, shell] = [start(join(folder, 'k6')), start('/bin/sleep')]
  await expect.poll(() => k6Below(runs)).toEqual([orphan.child.pid])
  await removeLeftovers(runs)
  expect(await orphan.ended).toBe('SIGKILL')
  expect(shell.child.exitCode).toBeNull()
  shell.child.kill()
  expect(await shell.ended).toBe('SIGTERM')
  await rm(folder, { recursive: true })
})

it('has nothing to do before the first run', async () => {
  await expect(removeLeftovers('/nowhere/at/all')).resolves.toBeUndefined()
})

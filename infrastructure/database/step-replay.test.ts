import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { noteAtWork } from '../../src/targets/local/at-work.ts'
import { replayNoteOf, replayStep } from './step-replay.ts'

/** `T`: it is stopped. */
const stateOf = async (pid: number): Promise<string> =>
  /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''

test('has the replay go on that a drill has stopped, when that one is gone', async () => {
  const { world } = testWorld()
  const state = await mkdtemp(join(tmpdir(), 'edge-replay-'))
  onTestFinished(() => rm(state, { recursive: true }))
  await mkdir(join(state, 'run'))
  await mkdir(join(state, 'pg1'))
  // As PostgreSQL has it: a process that others are children of, one of them called so.
  const code = `(exec -a 'postgres: edge: startup recovering 000000010000000000000004' sleep 60) & echo $!; wait`
  const postmaster = spawn('bash', ['-c', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(postmaster.stdout, 'data')
  const pid = Number(String(said))
  onTestFinished(() => {
    process.kill(pid, 'SIGKILL')
    postmaster.kill('SIGKILL')
  })
  // Its number is told before it has that name: stopped too early it keeps another, and nobody finds it.
  await expect.poll(() => readFile(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^postgres: /)
  await writeFile(join(state, 'pg1', 'postmaster.pid'), `${postmaster.pid}\n`)
  const step = replayStep(state, ['pg1'], (member) => join(state, member))
  expect(await step.observe(world)).toBe('done')
  process.kill(pid, 'SIGSTOP')
  const wentOn = await noteAtWork(replayNoteOf(state), new Date())
  expect(await step.observe(world)).toBe('done')
  await wentOn()
  expect(await step.observe(world)).toBe('done')
  await writeFile(replayNoteOf(state), JSON.stringify({ pid: 2 ** 30, at: new Date().toISOString(), started: '1' }))
  const seen = await step.observe(world)
  expect(seen).toEqual({ missing: expect.stringContaining('was killed') })
  if (seen === 'done') return
  await expect.poll(() => stateOf(pid)).toBe('T')
  await step.ensure(world, seen)
  await expect.poll(() => stateOf(pid)).not.toBe('T')
  expect(await step.observe(world)).toBe('done')
})

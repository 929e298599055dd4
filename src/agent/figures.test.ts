import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { machineFigures } from './figures.ts'

const none = { disk: tmpdir(), device: 'named0n1', services: '/nowhere' }

it('says of the disk what somebody has named, whatever the machine has', async () => {
  const figures = await machineFigures({ members: {}, ...none })
  expect(figures).toContain('edge_disk{device="named0n1"} 1\n')
})

/** The data folder of a member whose first process is that of a shell script, which is let on line by line. */
async function memberOf() {
  const folder = await mkdtemp(join(tmpdir(), 'edge-member-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const pidFile = join(folder, 'postmaster.pid')
  const run = async (script: string) => {
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')
    // As PostgreSQL writes it: more lines follow.
    await writeFile(pidFile, `${child.pid}\n${folder}\n`)
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      said: async () => (await lines.next()).value,
      go: () => child.stdin.write('go\n'),
      end: async () => {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      },
    }
  }
  const seconds = async (): Promise<number | undefined> => {
    const figures = await machineFigures({ members: { pg1: folder, pg2: '/nowhere' }, ...none })
    // Whoever does not run has no figure, and is missed by how many there should be.
    expect(figures).toContain('edge_database_members 2\n')
    expect(figures).not.toContain('member="pg2"')
    const [, value] = /^edge_database_cpu_seconds_total\{member="pg1"\} (\S+)$/m.exec(figures) ?? []
    return value === undefined ? undefined : Number(value)
  }
  return { folder, run, seconds }
}

const computes = 'i=0; while [ $i -lt 500000 ]; do i=$((i+1)); done; echo computed; read go'

it('counts what a database and its children compute, and goes on with that when a child has ended', async () => {
  const { run, seconds } = await memberOf()
  const idle = await run(`read go; sh -c '${computes}'; echo ended; read go`)
  const before = (await seconds()) ?? Number.NaN
  expect(before).toBeLessThan(0.05)
  idle.go()
  expect(await idle.said()).toBe('computed')
  const [whileItLives] = [(await seconds()) ?? Number.NaN]
  expect(whileItLives - before).toBeGreaterThan(0.1)
  idle.go()
  expect(await idle.said()).toBe('ended')
  // A hundredth may be lost on the way from the one to the other.
  expect((await seconds()) ?? Number.NaN).toBeGreaterThanOrEqual(whileItLives - 0.02)
})

it.each(['', '\n', 'none\n'])('has no figure of a database whose file holds %j', async (content) => {
  const { folder, seconds } = await memberOf()
  await writeFile(join(folder, 'postmaster.pid'), content)
  expect(await seconds()).toBeUndefined()
})

it('begins anew with a database that was started anew, and has no figure of one that is gone', async () => {
  const { run, seconds } = await memberOf()
  expect(await seconds()).toBeUndefined()
  const first = await run(computes)
  expect(await first.said()).toBe('computed')
  expect(await seconds()).toBeGreaterThan(0.1)
  await first.end()
  // Its file is still there, as after kill -9.
  expect(await seconds()).toBeUndefined()
  await run('read go')
  expect(await seconds()).toBeLessThan(0.05)
})

import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ownerOf, parseProcess, Processes } from './processes.ts'

const line = (pid: number, name: string, parent: number, user = 0, system = 0, threads = 1) =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 1 2 3 4 ${user} ${system} 0 0 20 0 ${threads} 0 5`

it('reads a line, whatever stands in the name', () => {
  expect(parseProcess(line(7, 'a (b) c', 3, 10, 5, 4))).toEqual({
    pid: 7,
    name: 'a (b) c',
    parent: 3,
    ticks: 15,
    threads: 4,
  })
  expect(parseProcess('nothing')).toBeUndefined()
})

it('counts a process for the engine above it, or whose folder it works in, k6 for itself, and all else together', () => {
  const all = [
    line(10, 'patroni', 1),
    line(11, 'postgres', 10),
    line(12, 'postgres', 11),
    line(20, 'k6', 5),
    line(30, 'sh', 1),
    // Let go by Patroni, as each PostgreSQL is; the second is another instance's.
    line(40, 'postgres', 1),
    line(41, 'postgres', 40),
    line(50, 'postgres', 1),
  ]
  const processes = new Map(all.flatMap((one) => parseProcess(one) ?? []).map((process) => [process.pid, process]))
  const engines = { processes: new Map([[10, 'pg1']]), folders: new Map([['/srv/one/data/pg2', 'pg2']]) }
  const folderOf = (pid: number): string => `/srv/${pid < 50 ? 'one' : 'other'}/data/pg2`
  const ownersOf = (...pids: readonly number[]) => pids.map((pid) => ownerOf(pid, processes, engines, folderOf))
  expect(ownersOf(10, 12, 20)).toEqual(['pg1', 'pg1', 'k6'])
  expect(ownersOf(40, 41, 50, 99)).toEqual(['pg2', 'pg2', 'others', 'others'])
})

/** A program that begins is busy for a while, and so is its main thread: what is seen so often on end is not that. */
const looksOnEnd = 6

/** Looks at a program while it runs, until what is used of it stays as it should be; answers whether it ever did. */
async function staysSeen(script: string, isSeen: (busiest: number, used: number) => boolean): Promise<boolean> {
  const running = spawn(process.execPath, ['-e', script])
  try {
    const processes = new Processes({ processes: new Map([[running.pid ?? 0, 'engine']]), folders: new Map() })
    if (processes.look() !== undefined) throw new Error('the first look has nothing to be set beside')
    let onEnd = 0
    for (let look = 0; look < 60 && onEnd < looksOnEnd; look++) {
      await wait(300)
      const { busiestThread = {}, byEngine = {} } = processes.look() ?? {}
      onEnd = isSeen(busiestThread['engine'] ?? 0, byEngine['engine'] ?? 0) ? onEnd + 1 : 0
    }
    return onEnd === looksOnEnd
  } finally {
    running.kill('SIGTERM')
  }
}

it('sees a busy process, as a share of one processor', async () => {
  expect(await staysSeen('for (;;);', (busiest, used) => busiest > 5 && used > 5)).toBe(true)
})

it('sees a busy worker below a master that only waits', async () => {
  const worker =
    "const { spawn } = require('node:child_process'); const worker = spawn(process.execPath, ['-e', 'for (;;);'])"
  const together =
    "process.on('SIGTERM', () => { worker.kill('SIGKILL'); process.exit() }); setInterval(() => {}, 1000)"
  expect(await staysSeen(`${worker}; ${together}`, (busiest) => busiest > 5)).toBe(true)
})

it('sees a busy thread that is not the first one, and never more of it than a thread can use', async () => {
  const busy = "new Worker('for (;;);', { eval: true })"
  const script = `const { Worker } = require('node:worker_threads'); ${busy}; ${busy}`
  // Two of them: their sum is none of a thread.
  expect(await staysSeen(script, (busiest, used) => busiest > 5 && busiest < 0.8 * used)).toBe(true)
})

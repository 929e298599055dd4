import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { ownerOf, parseProcess, Processes } from './processes.ts'

const line = (pid: number, name: string, parent: number, user = 0, system = 0) =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 1 2 3 4 ${user} ${system} 0 0 20 0 1 0 5`

it('reads a line, whatever stands in the name', () => {
  expect(parseProcess(line(7, 'a (b) c', 3, 10, 5))).toEqual({ pid: 7, name: 'a (b) c', parent: 3, ticks: 15 })
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

it('sees a busy process, as a share of one processor', async () => {
  const busy = spawn(process.execPath, ['-e', 'for (;;);'])
  try {
    const processes = new Processes({ processes: new Map([[busy.pid ?? 0, 'busy']]), folders: new Map() })
    expect(processes.look()).toBeUndefined()
    await expect.poll(() => processes.look()?.byEngine['busy'], { timeout: 10_000, interval: 200 }).toBeGreaterThan(5)
    await expect.poll(() => processes.look()?.mainThread['busy'], { timeout: 10_000, interval: 200 }).toBeGreaterThan(5)
  } finally {
    busy.kill('SIGKILL')
  }
})

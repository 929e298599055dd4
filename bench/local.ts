import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { TestInstance } from '../test/instance.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'

const rounds = 10
const idleSampleMs = 10_000

/** From nothing to everything verified. */
async function cold(bench: Bench): Promise<void> {
  const samples: number[] = []
  await inRounds(bench, rounds, async () => {
    const instance = await TestInstance.make()
    try {
      samples.push(await timeUp(instance))
    } finally {
      await instance.remove()
    }
  })
  bench.found(result('up --no-load-test from nothing', 's', { atMost: 30 }, samples))
}

/** A run that changes nothing, and what everything costs while nobody asks. */
async function unchanged(bench: Bench): Promise<void> {
  const instance = await TestInstance.make()
  try {
    await timeUp(instance)
    const samples: number[] = []
    await inRounds(bench, rounds, async () => void samples.push(await timeUp(instance)))
    bench.found(result('up --no-load-test, unchanged', 's', { atMost: 2 }, samples))
    const idle = await idleCost(instance.state, bench)
    bench.found(result('memory of everything, idle (PSS)', 'MiB', { atMost: 600 }, idle.memory))
    bench.found(result('processor time of everything, idle', '% of 1', { atMost: 6 }, idle.processor))
  } finally {
    await instance.remove()
  }
}

export const parts: readonly Part[] = [
  { name: 'local cold', measure: cold },
  { name: 'local unchanged', measure: unchanged },
]

async function timeUp(instance: TestInstance): Promise<number> {
  const begun = performance.now()
  await instance.must('up', '--no-load-test')
  return (performance.now() - begun) / 1000
}

/** Sums over every process that was started for the instance: those that work below its state directory. */
async function idleCost(
  state: string,
  bench: Bench,
): Promise<{ memory: readonly number[]; processor: readonly number[] }> {
  const memory: number[] = []
  const processor: number[] = []
  await inRounds(bench, rounds, async () => {
    const before = ticks(state)
    await wait(idleSampleMs)
    const ticksPerSecond = 100
    processor.push(((ticks(state) - before) / ticksPerSecond / (idleSampleMs / 1000)) * 100)
    memory.push(sum(pids(state).map(proportionalKilobytes)) / 1024)
  })
  return { memory, processor }
}

/** The engines' processes and their children; a child may have changed its directory, so parents count, too. */
function pids(state: string): readonly string[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const mine = new Set(all.filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/cwd`), '').startsWith(state)))
  for (let grown = true; grown;) {
    const more = all.filter((pid) => !mine.has(pid) && mine.has(statOf(pid)[1] ?? ''))
    for (const pid of more) mine.add(pid)
    grown = more.length > 0
  }
  return [...mine]
}

/** The fields of /proc/PID/stat after the name: state, parent, … */
function statOf(pid: string): readonly string[] {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function ticks(state: string): number {
  // utime, stime, and those of children that ended: fields 14 to 17, counted from the state, which is the third.
  return sum(pids(state).map((pid) => sum(statOf(pid).slice(11, 15).map(Number))))
}

function proportionalKilobytes(pid: string): number {
  const text = attempt(() => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), '')
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** A process may end while it is being looked at. */
function attempt<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { TestInstance } from '../test/instance.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'
import { measuring, monitoringUnderLoad } from './under-load.ts'

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

/** A run that changes nothing, and what everything costs while nobody asks: what edge 0.2.0 had. */
async function unchanged(bench: Bench): Promise<void> {
  const instance = await TestInstance.make()
  try {
    await timeUp(instance)
    const samples: number[] = []
    await inRounds(bench, rounds, async () => void samples.push(await timeUp(instance)))
    bench.found(result('up --no-load-test, unchanged', 's', { atMost: 2 }, samples))
    const idle = await idleCost(bench, () => pids(instance.state))
    bench.found(result('memory of everything, idle (PSS)', 'MiB', { atMost: 600 }, idle.memory))
    bench.found(result('processor time of everything, idle', '% of 1', { atMost: 6 }, idle.processor))
  } finally {
    await instance.remove()
  }
}

/** As it is shipped, with a replica, backups and alarms; and how much of that is what measures. */
async function shipped(bench: Bench): Promise<void> {
  const instance = await TestInstance.make('database: undefined, monitoring: undefined, backup: undefined,')
  try {
    await timeUp(instance)
    const { engines } = await instance.status()
    const roots = engines.flatMap(({ name, pid }) => (measuring.includes(name) && pid !== null ? [String(pid)] : []))
    if (roots.length !== measuring.length) throw new Error(`${roots.length} of ${measuring.length} programs measure`)
    const ofMeasuring = () => withChildren(allPids(), roots)
    const others = () => {
      const left = new Set(ofMeasuring())
      return pids(instance.state).filter((pid) => !left.has(pid))
    }
    const [rest, monitoring] = [await idleCost(bench, others), await idleCost(bench, ofMeasuring)]
    bench.found(result('memory as shipped, idle, without monitoring (PSS)', 'MiB', { atMost: 600 }, rest.memory))
    bench.found(result('processor time of that', '% of 1', { atMost: 6 }, rest.processor))
    bench.found(result('memory of monitoring, idle (PSS)', 'MiB', { atMost: 250 }, monitoring.memory))
    bench.found(result('processor time of monitoring, idle', '% of 1', { atMost: 5 }, monitoring.processor))
  } finally {
    await instance.remove()
  }
}

export const parts: readonly Part[] = [
  { name: 'local cold', measure: cold },
  { name: 'local unchanged', measure: unchanged },
  { name: 'local as shipped', measure: shipped },
  monitoringUnderLoad,
]

async function timeUp(instance: TestInstance): Promise<number> {
  const begun = performance.now()
  await instance.must('up', '--no-load-test')
  return (performance.now() - begun) / 1000
}

/** Sums over the processes that `whose` names, each time anew. */
async function idleCost(
  bench: Bench,
  whose: () => readonly string[],
): Promise<{ memory: readonly number[]; processor: readonly number[] }> {
  const memory: number[] = []
  const processor: number[] = []
  await inRounds(bench, rounds, async () => {
    const before = ticks(whose())
    await wait(idleSampleMs)
    const ticksPerSecond = 100
    processor.push(((ticks(whose()) - before) / ticksPerSecond / (idleSampleMs / 1000)) * 100)
    memory.push(sum(whose().map(proportionalKilobytes)) / 1024)
  })
  return { memory, processor }
}

const allPids = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name))

/** Every process that was started for the instance: those that work below its state directory, and their children. */
function pids(state: string): readonly string[] {
  const all = allPids()
  return withChildren(
    all,
    all.filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/cwd`), '').startsWith(state)),
  )
}

/** A child may have changed its directory, so parents count, too. */
function withChildren(all: readonly string[], roots: readonly string[]): readonly string[] {
  const mine = new Set(roots)
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

function ticks(pids_: readonly string[]): number {
  // utime, stime, and those of children that ended: fields 14 to 17, counted from the state, which is the third.
  return sum(pids_.map((pid) => sum(statOf(pid).slice(11, 15).map(Number))))
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

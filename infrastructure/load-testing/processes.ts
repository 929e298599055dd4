import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** How an engine's processes are known. */
export type Engines = {
  /** The names of the engines, by the numbers of their main processes. */
  readonly processes: ReadonlyMap<number, string>
  /** And by the folders that their processes work in: Patroni lets PostgreSQL go, so that it outlives Patroni. */
  readonly folders: ReadonlyMap<string, string>
}

/** Processor time in percent of one processor, by who uses it. */
export type Shares = Readonly<Record<string, number>>

/** What the processes of a machine used between two looks. */
export type Used = {
  readonly byEngine: Shares
  /** Of each engine, the busiest thread of all of its processes: one that is always busy can do no more. */
  readonly busiestThread: Shares
}

/** Memory in MiB, by who has it; what several processes share counts once. */
export type Memory = Readonly<Record<string, number>>

type Process = {
  readonly pid: number
  readonly name: string
  readonly parent: number
  readonly ticks: number
  readonly threads: number
}
/** Linux counts in hundredths of a second, whatever the machine. */
const ticksPerSecond = 100

/** One line of /proc/PID/stat; a name may hold blanks and brackets. Undefined for what is none. */
export function parseProcess(line: string): Process | undefined {
  const [, pid, name, rest = ''] = /^(\d+) \((.*)\) (.*)/s.exec(line) ?? []
  const fields = rest.split(' ')
  if (pid === undefined || name === undefined || fields.length < 18) return undefined
  const ticks = Number(fields[11]) + Number(fields[12])
  return { pid: Number(pid), name, parent: Number(fields[1]), ticks, threads: Number(fields[17]) }
}

/**
 * Whose a process is: of the engine whose main process is the nearest above it, or whose folder it works in, or k6. All
 * else is not told apart.
 * @param folderOf where a process works
 */
export function ownerOf(
  pid: number,
  processes: ReadonlyMap<number, Process>,
  engines: Engines,
  folderOf: (pid: number) => string | undefined = workingFolder,
): string {
  let at: number | undefined = pid
  for (let depth = 0; at !== undefined && at > 1 && depth < 32; depth++) {
    const engine = engines.processes.get(at)
    if (engine !== undefined) return engine
    const process = processes.get(at)
    if (process?.name.startsWith('k6')) return 'k6'
    at = process?.parent
  }
  // Asked only for what has no engine above it: all else would cost a look more each second.
  const folder = engines.folders.size === 0 ? undefined : folderOf(pid)
  return (folder === undefined ? undefined : engines.folders.get(folder)) ?? 'others'
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // It has ended since, or is another user's.
    return undefined
  }
}

/** Looks at all processes of the machine; a call answers what they used since the one before. */
export class Processes {
  readonly #engines: Engines
  #before: { readonly at: number; readonly ticks: ReadonlyMap<string, number> } | undefined

  constructor(engines: Engines) {
    this.#engines = engines
  }

  /** Undefined at the first look. */
  look(): Used | undefined {
    const at = performance.now()
    const processes = new Map(allProcesses().map((process) => [process.pid, process]))
    const all = [...processes.values()].map((process) => ({
      ...process,
      key: `process ${process.pid}`,
      owner: ownerOf(process.pid, processes, this.#engines),
    }))
    const threads = all.filter(({ owner }) => owner !== 'others' && owner !== 'k6').flatMap(threadsOf)
    const before = this.#before
    this.#before = { at, ticks: new Map([...all, ...threads].map(({ key, ticks }) => [key, ticks])) }
    if (!before) return undefined
    const shareOf = ({ owner, key, ticks }: Counted): readonly [string, number] => [
      owner,
      ((ticks - (before.ticks.get(key) ?? ticks)) * 100 * 1000) / ticksPerSecond / (at - before.at),
    ]
    return { byEngine: sumOf(all.map(shareOf)), busiestThread: highestOf(threads.map(shareOf)) }
  }
}

type Counted = { readonly owner: string; readonly key: string; readonly ticks: number }

/** Workers do what masters only wait for: those of nginx and HAProxy, and PostgreSQL's below Patroni. */
function threadsOf({ pid, owner, ticks, threads }: Process & { readonly owner: string }): readonly Counted[] {
  // Most of PostgreSQL's are of one thread: what the process used is known already, and a look at each costs.
  if (threads === 1) return [{ owner, key: `thread ${pid} ${pid}`, ticks }]
  return idsIn(`/proc/${pid}/task`).flatMap((id) => {
    const thread = readProcess(`/proc/${pid}/task/${id}/stat`)
    return thread ? [{ owner, key: `thread ${pid} ${id}`, ticks: thread.ticks }] : []
  })
}

/**
 * Memory of the engines and of k6. The kernel walks each process's pages for it: 60 processes take it about 50 ms, so
 * nobody asks each second.
 */
export function memoryOf(engines: Engines): Memory {
  const processes = new Map(allProcesses().map((process) => [process.pid, process]))
  return sumOf(
    [...processes.keys()].flatMap((pid) => {
      const owner = ownerOf(pid, processes, engines)
      const used = owner === 'others' ? undefined : proportionalMebibytes(pid)
      return used === undefined ? [] : [[owner, used] as const]
    }),
  )
}

function proportionalMebibytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    // It has ended since, or is another user's, whose pages nobody else may count.
    return undefined
  }
}

type Parts = readonly (readonly [string, number])[]

const sumOf = (parts: Parts): Shares => together(parts, (one, other) => one + other)
const highestOf = (parts: Parts): Shares => together(parts, Math.max)

function together(parts: Parts, join: (one: number, other: number) => number): Shares {
  const joined: Record<string, number> = {}
  for (const [name, value] of parts) joined[name] = join(joined[name] ?? 0, value)
  return Object.fromEntries(Object.entries(joined).map(([name, value]) => [name, Math.round(value * 10) / 10]))
}

/** Every k6 that works in a folder or below it. */
export function k6Below(folder: string): readonly number[] {
  const generators = allProcesses().filter(({ name }) => name.startsWith('k6'))
  return generators.flatMap(({ pid }) => (workingFolder(pid)?.startsWith(`${folder}/`) ? [pid] : []))
}

function allProcesses(): readonly Process[] {
  return idsIn('/proc').flatMap((pid) => readProcess(`/proc/${pid}/stat`) ?? [])
}

function idsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name))
  } catch {
    // The process has ended since.
    return []
  }
}

function readProcess(path: string): Process | undefined {
  try {
    // One file after the other: to wait for each would take more time than it takes to read it.
    return parseProcess(readFileSync(path, 'utf8'))
  } catch {
    // It has ended since.
    return undefined
  }
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { ownPid } from '../../core/process.ts'

/** Where programs lie for whoever has no PATH of their own. */
export const usualFolders: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]

/** What every service has in its environment, whoever has started the supervisor. */
export const supervisedEnvironment = (home: string): Readonly<Record<string, string>> => ({
  PATH: usualFolders.join(':'),
  LANG: 'C.UTF-8',
  HOME: home,
})

/** A process of an instance, and the service that it descends from where that is known. */
export type InstanceProcess = {
  readonly pid: number
  readonly program: string
  readonly service: string | undefined
}

/**
 * The processes of an instance: its services, by the numbers of their main processes, and all that they have started.
 * A child that its parent has left behind has another parent by now, and is still known: it works below the state
 * directory, or has the environment that the supervisor gave it (HOME), which no other program's names.
 *
 * Read at one go: the kernel answers at once, and on a busy machine each of a thousand reads that another thread makes
 * waits for its turn (20 s were seen with load 18 on two cores).
 */
export function processesOf(state: string, services: ReadonlyMap<number, string>): readonly InstanceProcess[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]))
  // Bounded: numbers are used again, and what was read one after the other might lead in a circle.
  const serviceOf = (pid: number | undefined, depth = 0): string | undefined =>
    pid === undefined || depth > 100 ? undefined : (services.get(pid) ?? serviceOf(parents.get(pid), depth + 1))
  return pids.flatMap((pid) => {
    if (pid === ownPid) return []
    const service = serviceOf(pid)
    return service !== undefined || isLeftBehind(pid, state) ? [{ pid, program: programOf(pid), service }] : []
  })
}

/** The network that a process is in, by its name in the kernel; empty where it is gone. */
export const networkOf = (pid: number): string => orEmpty(() => readlinkSync(`/proc/${pid}/ns/net`))

/** A process may end, or be somebody else's, at any moment. */
function orEmpty(look: () => string): string {
  try {
    return look()
  } catch {
    return ''
  }
}

const read = (pid: number, name: string): string => orEmpty(() => readFileSync(`/proc/${pid}/${name}`, 'utf8'))

/** The processes that one has started, and that run. */
export const childrenOf = (pid: number): readonly number[] =>
  [...read(pid, `task/${pid}/children`).matchAll(/\d+/g)].map(([child]) => Number(child))

/** As a list of all processes shows it: some write there what they are at. Empty where it is gone. */
export const titleOf = (pid: number): string => read(pid, 'cmdline').replaceAll('\0', ' ').trim()

/**
 * How many bytes a process and all that it has started have read until now; undefined where the kernel does not say. What
 * a child has read that has ended counts for its parent.
 */
export function bytesReadBy(pid: number): number | undefined {
  const own = /^rchar: (\d+)$/m.exec(read(pid, 'io'))?.[1]
  if (own === undefined) return undefined
  return childrenOf(pid).reduce((sum, child) => sum + (bytesReadBy(child) ?? 0), Number(own))
}

/** The name of the main thread stands in brackets, and may hold any. */
function parentOf(pid: number): number | undefined {
  const parent = /^\d+ \(.*\) \S (\d+)/s.exec(read(pid, 'stat'))?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** As it was called, without its folder; `nginx: worker process` is nginx. */
const programOf = (pid: number): string => basename(/^[^\0 ]*/.exec(read(pid, 'cmdline'))?.[0] ?? '').replace(/:$/, '')

const isLeftBehind = (pid: number, state: string): boolean =>
  orEmpty(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(`${state}/`) ||
  read(pid, 'environ').split('\0').includes(`HOME=${state}`)

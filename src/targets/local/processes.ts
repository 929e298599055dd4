import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { ownPid } from '../../core/process.ts'

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
 */
export async function processesOf(
  state: string,
  services: ReadonlyMap<number, string>,
): Promise<readonly InstanceProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = new Map(
    (await Promise.all(pids.map(parentOf))).flatMap((one) => (one ? [[one.pid, one] as const] : [])),
  )
  // Bounded: numbers are used again, and what was read one after the other might lead in a circle.
  const serviceOf = (pid: number | undefined, depth = 0): string | undefined =>
    pid === undefined || depth > 100 ? undefined : (services.get(pid) ?? serviceOf(parents.get(pid)?.parent, depth + 1))
  const found = await Promise.all(
    [...parents.values()].map(async ({ pid }) => {
      if (pid === ownPid) return []
      const service = serviceOf(pid)
      if (service === undefined && !(await isLeftBehind(pid, state))) return []
      return [{ pid, program: await programOf(pid), service }]
    }),
  )
  return found.flat()
}

async function parentOf(pid: number): Promise<{ pid: number; parent: number } | undefined> {
  // The name of the main thread stands in brackets, and may hold any.
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const parent = /^\d+ \(.*\) \S (\d+)/s.exec(text)?.[1]
  return parent === undefined ? undefined : { pid, parent: Number(parent) }
}

/** As it was called, without its folder; `nginx: worker process` is nginx. */
async function programOf(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return basename(/^[^\0 ]*/.exec(words)?.[0] ?? '').replace(/:$/, '')
}

async function isLeftBehind(pid: number, state: string): Promise<boolean> {
  const [directory, environment] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
  ])
  return directory.startsWith(`${state}/`) || environment.split('\0').includes(`HOME=${state}`)
}

import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { isLoopback, type Listener, listeners, socketsIn } from '../../src/targets/local/listening.ts'
import { type InstanceProcess, networkOf, processesOf } from '../../src/targets/local/processes.ts'
import { type AppEndpoint, enginesOf, type Machine } from './endpoint.ts'

/** A socket that listens, and whose it is; `process` is undefined for one of somebody else on a port of the instance. */
type Open = Listener & { readonly process: InstanceProcess | undefined }

/**
 * Reads from the kernel where the processes of the instance listen, those too that they started; what they were asked to
 * do says nothing. The public edge alone may be reached from elsewhere, where `serve.listen` says so.
 */
export async function loopbackOnly(endpoint: Pick<AppEndpoint, 'machine' | 'api'>, world: World): Promise<Verdict> {
  const { machine } = endpoint
  const ofApi = enginesOf(endpoint)
  const services = await machine.running(world)
  const { processes, open, unseen } = await untilSeen(machine, services, world)
  const others = open.filter((one) => !isLoopback(one.address))
  const reached = others.filter((one) => !isPublic(one, machine))
  const up = new Set(services.values())
  const down = ofApi.filter((name) => !up.has(name))
  const seen = measured({
    'looked at': `${processes.length} processes of ${up.size} engines`,
    listening: `${open.length - others.length} sockets on loopback, ${others.length} on other addresses`,
    ...(others.length > 0 ? { 'other addresses': [...new Set(others.map(wordsOf))] } : {}),
    ...(down.length > 0 ? { 'not running': down } : {}),
  })
  const [first] = reached
  if (first) return broken(seen, `${wordsOf(first)}, which other machines reach without TLS`, nextFor(first, ofApi))
  if (unseen.length > 0)
    return broken(seen, `the sockets of ${unseen.join(', ')} cannot be seen`, 'sudo ss -ltnp shows them')
  if (open.length === 0) return broken(seen, 'nothing listens at all', 'edge status; edge up')
  // Of processes that are not there, nothing is seen.
  if (ofApi.length > 0 && down.length === ofApi.length) return broken(seen, 'the API does not run', 'edge logs api1')
  return kept(seen)
}

/** One that begins or ends at that moment may not be looked at (seen of a backend of PostgreSQL): looked for anew, it is gone. */
async function untilSeen(machine: Machine, services: ReadonlyMap<number, string>, world: World) {
  for (let tries = 1; ; tries += 1) {
    const processes = processesOf(machine.state, services)
    const seen = await listeningOf(processes, machine, world)
    const isWhole = seen.unseen.length === 0 && seen.open.length > 0
    if (isWhole || tries === triesAtMost) return { processes, ...seen }
    await world.sleep(200)
  }
}
const triesAtMost = 5

const wordsOf = ({ process, address, port }: Open): string => {
  const whose = process
    ? `${process.service ?? 'left behind'} (${process.program}, pid ${process.pid})`
    : 'another program'
  return `${whose} listens on ${address.includes(':') ? `[${address}]` : address}:${port}`
}

function nextFor({ process }: Open, ofApi: readonly string[]): string {
  const service = process?.service
  if (process === undefined) return 'ss -ltnp says which; end it, or choose other ports (ports.first, ports.pooler)'
  if (service === undefined) return `it is not edge's any more: kill ${process.pid}, then edge deploy`
  if (ofApi.includes(service)) return 'have it listen on HOST and PORT of its environment alone, then edge deploy app'
  return `edge plan says what a hand has changed; edge deploy puts ${service} back`
}

/** Whether the configuration wants others to reach it. */
function isPublic({ process, address, port }: Open, { public: edge }: Machine): boolean {
  if (process?.service !== edge.service || !edge.ports.includes(port)) return false
  return ['::', '0.0.0.0', address].includes(edge.listen)
}

/** What listens of these processes, or on a port that the configuration gives to one of them. */
async function listeningOf(
  processes: readonly InstanceProcess[],
  machine: Machine,
  world: World,
): Promise<{ readonly open: readonly Open[]; readonly unseen: readonly string[] }> {
  const { sockets, unseen } = await socketsOf(processes, machine, world)
  const all = await Promise.all(onePerNetwork(processes).map((pid) => listeners(pid)))
  const own = all.flat().flatMap((listener) => {
    const process = sockets.get(listener.inode)
    return process ? [{ ...listener, process }] : []
  })
  const strangers = (await listeners())
    .filter(({ port, inode }) => machine.innerPorts.includes(port) && !sockets.has(inode))
    .map((listener) => ({ ...listener, process: undefined }))
  return { open: [...own, ...strangers], unseen }
}

/**
 * A process may have a network of its own, with sockets that nobody else sees. Of each the oldest process: a backend of
 * PostgreSQL may be gone before its network is read, and then nothing at all seemed to listen.
 */
const onePerNetwork = (processes: readonly InstanceProcess[]): readonly number[] => [
  ...new Map(processes.toSorted((one, other) => other.pid - one.pid).map(({ pid }) => [networkOf(pid), pid])).values(),
]

/** Whose each socket is, by its inode; and the processes that may not be looked at. */
async function socketsOf(processes: readonly InstanceProcess[], { asNginx }: Machine, world: World) {
  const folders = processes.map(({ pid }) => `/proc/${pid}/fd`)
  const sockets = new Map<string, InstanceProcess>()
  if (folders.length === 0) return { sockets, unseen: [] }
  const { stdout, stderr } = await world.run(
    asNginx(['find', ...folders, '-lname', 'socket:*', '-printf', '%h %l\\n']),
    { env: { LC_ALL: 'C' } },
  )
  const byFolder = new Map(processes.map((one) => [`/proc/${one.pid}/fd`, one]))
  for (const line of stdout.split('\n')) {
    const [folder = '', target = ''] = line.split(' ')
    const process = byFolder.get(folder)
    for (const inode of socketsIn([target])) if (process) sockets.set(inode, process)
  }
  const refused = new Set(
    stderr.split('\n').flatMap((line) => (/Permission denied/.test(line) ? (/\/proc\/\d+\/fd/.exec(line) ?? []) : [])),
  )
  const unseen = [...byFolder].filter(([folder]) => refused.has(folder)).map(([, one]) => `${one.program} (${one.pid})`)
  return { sockets, unseen }
}

import { access, constants, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { UnixUser } from '../../core/instance.ts'
import { oddSignIn, plainSigns } from '../../core/path-signs.ts'
import { ownUid } from '../../core/process.ts'
import { bytes } from '../../core/units.ts'
import { readJson } from './files.ts'
import { listeners, socketsOf } from './listening.ts'
import { type Problem, refuse } from './problem.ts'
import { nearestExisting, spaceAt, type SpaceNeed, spaceProblems } from './space.ts'

/**
 * PostgreSQL's socket address must fit into 107 bytes, the kernel's bound for `sun_path`, and HAProxy opens its own of such a
 * name at first with `.PID.tmp` behind it.
 */
const longestSocketPath = 107 - '.4194304.tmp'.length
/** A fresh instance with the reference data takes 400 MB; PostgreSQL stops in the middle of its work on a full disk. */
const freeNeeded = { fresh: bytes('1 GB'), running: bytes('100 MB') }

/** A killed PostgreSQL lets go of its port within this. */
const dyingWithinMs = 1500
/** On a machine under load one look takes longer than that, and what it sees may be an engine that begins or ends. */
const fewestLooks = 5

/** Something that nothing of edge's makes and that the engines' user needs, with the field that names it. */
export type Source = {
  readonly where: string
  readonly path: string
  /** What to do where that user cannot get at it; where nothing is said: move it, or open the way to it. */
  readonly instead?: string
}

type Ports = Readonly<Record<string, number | readonly number[]>>

type Check = {
  readonly state: string
  readonly directories: readonly string[]
  readonly sources: readonly Source[]
  readonly user: UnixUser
  /** By name: those of the site and of the pool under the names of their fields, all others of the block of `ports.first`. */
  readonly ports: Ports
  /** How many neighbouring ports `ports.first` begins, with those that are kept for later. */
  readonly blockOfPorts: number
  readonly listen: string
  /** Nothing was written yet: the room for a whole new instance is needed. */
  readonly fresh: boolean
  /** What has to be installed first. */
  readonly installations: readonly SpaceNeed[]
}

/**
 * Looks for what would stop the work halfway: called before anything is changed. All problems are reported together.
 * Throws OperatorError.
 */
export async function preflight(check: Check, look = spaceAt): Promise<void> {
  const problems = await Promise.all([
    pathProblem(check.state),
    socketProblem(check.state),
    spaceProblems([instanceSpace(check), ...check.installations], look),
    reachProblems(check),
    ...check.sources.map(missingProblem),
    ...portProblems(check.ports, check.listen, check.state),
  ])
  refuse(
    together(
      problems.flatMap((problem) => problem ?? []),
      check.blockOfPorts,
    ),
  )
}

/** Two instances with the same ports have one problem, not twelve. */
function together(problems: readonly Problem[], blockOfPorts: number): readonly Problem[] {
  const others = Map.groupBy(problems, ({ instance }) => instance)
  return [...others].flatMap(([instance, ports]): readonly Problem[] =>
    instance === undefined
      ? ports
      : [
          {
            where: ports.map(({ where }) => where).join(', '),
            what: `${ports.length === 1 ? 'is' : 'are'} in use by ${instance}`,
            hint: `give this one ports of its own: set serve.https, serve.http, ports.pooler and ports.first (${blockOfPorts} from there on)`,
          },
        ],
  )
}

/** Ten programs read this path in their own configurations, each with other quotes; none stumbles over these. */
async function pathProblem(state: string): Promise<Problem | undefined> {
  const odd = oddSignIn(state)
  if (odd === undefined) return undefined
  const what = `${JSON.stringify(state)} has ${JSON.stringify(odd)} in it`
  return { where: 'state', what, hint: `choose a directory of ${plainSigns} in \`state\`` }
}

async function socketProblem(state: string): Promise<Problem | undefined> {
  const longest = join(state, 'run', '.s.PGSQL.32767')
  const over = Buffer.byteLength(longest) - longestSocketPath
  if (over <= 0) return undefined
  return {
    where: 'state',
    what: `${state} is ${over} bytes too long for the path of a socket`,
    hint: 'choose a shorter directory in `state`',
  }
}

function instanceSpace({ state, fresh }: Check): SpaceNeed {
  const size = fresh ? freeNeeded.fresh : freeNeeded.running
  return { path: state, size, what: 'the instance', instead: 'choose another directory in `state`' }
}

async function missingProblem(source: Source): Promise<Problem | undefined> {
  if (await stat(source.path).catch(() => undefined)) return undefined
  return { where: source.where, what: `${source.path} is not there`, hint: 'is it named rightly in the configuration?' }
}

/** What the engines' user cannot get at; root could. */
async function reachProblems({ directories, state, sources, user }: Check): Promise<readonly Problem[]> {
  const ours = await outOfReach(
    [...new Set([...directories, state])].map((path) => ({ where: path, path })),
    user,
  )
  // Whoever moves a directory, or opens the way to it, has done so for what lies in it.
  const others = (await outOfReach(sources, user)).filter(
    (source) => !ours.some(({ path, closed }) => closed === source.closed && source.path.startsWith(`${path}/`)),
  )
  const cannot = (closed: string) => `the engines' user "${user.name}" cannot enter ${closed}`
  return [
    ...ours.map(({ where, path, closed }) => ({
      where,
      what: cannot(closed),
      hint: `move it to a place that others may enter (mv ${path} /srv/), or open that one: chmod o+x ${closed}`,
    })),
    ...others.map(({ where, path, closed, instead }) => ({
      where,
      what: `${path} is out of reach: ${cannot(closed)}`,
      hint: instead ?? `move it to a place that others may enter (/srv), or open that one: chmod o+x ${closed}`,
    })),
  ]
}

async function outOfReach(
  sources: readonly Source[],
  user: UnixUser,
): Promise<readonly (Source & { readonly closed: string })[]> {
  const looked = await Promise.all(
    sources.map(async (source) => ({ source, closed: await closedTo(source.path, user) })),
  )
  return looked.flatMap(({ source, closed }) => (closed === undefined ? [] : [{ ...source, closed }]))
}

/** The first directory that the user may not enter: on the way as it is written, then on the way that links lead. */
async function closedTo(path: string, user: UnixUser): Promise<string | undefined> {
  const real = await realpath(await nearestExisting(path))
  for (const step of new Set([...stepsTo(path), ...stepsTo(real)])) {
    // Of itself the process knows better: it has more groups than one.
    if (ownUid() === user.uid && (await access(step, constants.X_OK).then(yes, no))) continue
    const info = await stat(step).catch(() => undefined)
    if (info?.isDirectory() && !mayEnter(info, user)) return step
  }
  return undefined
}

/** From the root down, the path itself included. */
const stepsTo = (path: string): readonly string[] =>
  dirname(path) === path ? [path] : [...stepsTo(dirname(path)), path]

const yes = (): boolean => true
const no = (): boolean => false

export function mayEnter(info: { mode: number; uid: number; gid: number }, user: UnixUser): boolean {
  if (user.uid === 0) return true
  const shift = info.uid === user.uid ? 6 : info.gid === user.gid ? 3 : 0
  return ((info.mode >> shift) & 1) === 1
}

function portProblems(ports: Ports, listen: string, state: string): readonly Promise<Problem | undefined>[] {
  return Object.entries(ports).flatMap(([name, value]) =>
    [value].flat().map(async (port) => {
      const look = async (): Promise<Problem | undefined> => {
        for (const address of addressesOf(name, listen)) {
          const problem = await portProblem(port, name, address, state)
          if (problem) return problem
        }
        return undefined
      }
      return lasting(look)
    }),
  )
}

/**
 * A problem that is there at each look; undefined where one look finds none. An engine that is just dying (kill -9 of its
 * supervisor) still has its port, and nothing that tells whose it is.
 */
export async function lasting<Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined> {
  const begun = performance.now()
  let found = await look()
  for (let looks = 1; found && (looks < fewestLooks || performance.now() - begun < dyingWithinMs); looks += 1) {
    await wait(100)
    found = await look()
  }
  return found
}

/** Where a port has to be free: the site answers on this machine, too, wherever else it listens. */
function addressesOf(name: string, listen: string): readonly string[] {
  const [own, every] = ['127.0.0.1', ['0.0.0.0', '::']]
  if (name !== 'https' && name !== 'http') return [own]
  return every.includes(listen) ? [listen] : [...new Set([listen, own])]
}

async function portProblem(port: number, name: string, address: string, state: string): Promise<Problem | undefined> {
  const error = await bindError(port, address)
  // Below 1024 only root may bind: whether nginx may, by its capability, is looked at where that is given.
  if (error === undefined || error === 'EACCES') return undefined
  if (error === 'EADDRNOTAVAIL') {
    return { where: 'serve.listen', what: `${address} is no address of this machine`, hint: "'public' is all of them" }
  }
  const owner = error === 'EADDRINUSE' ? await ownerOf(port) : undefined
  if (owner && (await worksBelow(owner.pid, state))) return undefined
  const instance = owner && (await instanceAt(owner.pid))
  const what =
    error === 'EADDRINUSE' ? `is in use by ${owner?.what ?? 'a program of another user'}` : `cannot be used: ${error}`
  return {
    where: `port ${port} (${name})`,
    what,
    hint: `end that program, or set ${fieldOf(name)}`,
    ...(instance === undefined ? {} : { instance }),
  }
}

/** The field of the configuration that a port follows from. */
function fieldOf(name: string): string {
  if (name === 'https' || name === 'http') return `serve.${name}`
  return name === 'pooler' ? 'ports.pooler' : 'ports.first'
}

function bindError(port: number, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** The process that listens on the port, found through /proc; undefined where it belongs to somebody else. */
async function ownerOf(port: number): Promise<{ what: string; pid: string } | undefined> {
  const inodes = (await listeners()).filter((listener) => listener.port === port).map(({ inode }) => inode)
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const sockets = await socketsOf(pid)
    if (!inodes.some((inode) => sockets.has(inode))) continue
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')
    return { what: `${command.trim()} (pid ${pid})`, pid }
  }
  return undefined
}

/** Whether the process, or one that it comes from, works below the directory: an engine of this very instance. */
async function worksBelow(pid: string, directory: string): Promise<boolean> {
  return (await workplaces(pid)).some((place) => place.startsWith(`${directory}/`))
}

/** Where the process works, and those that it comes from. */
async function workplaces(pid: string): Promise<readonly string[]> {
  const places: string[] = []
  for (let current = pid; current !== '1' && current !== '0' && current !== '';) {
    places.push(await readlink(`/proc/${current}/cwd`).catch(() => ''))
    const status = await readFile(`/proc/${current}/status`, 'utf8').catch(() => '')
    current = /^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? ''
  }
  return places
}

/** The instance that a process is an engine of: its supervisor works in `STATE/s6/…`, PostgreSQL in `STATE/data/…`. */
async function instanceAt(pid: string): Promise<string | undefined> {
  for (const place of await workplaces(pid)) {
    const state = /^(.+)\/(s6|data)(\/.*)?$/.exec(place)?.[1]
    const name = state === undefined ? undefined : (await readJson(join(state, 'instance.json'), markerName))?.name
    if (name !== undefined) return `the instance "${name}" (${state})`
  }
  return undefined
}

const markerName = z.object({ name: z.string() })

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { NginxSockets } from '../../src/engines/nginx.ts'
import { listeners, socketsIn } from '../../src/targets/local/listening.ts'
import type { Command, World } from '../../src/core/world.ts'

/** The edge on this machine, as the checks may touch it: its files, its sockets, its log. */
export type EdgeMachine = {
  /** Where releases lie. */
  readonly site: string
  /** What is missing of an API that belongs to a release, in words. */
  readonly apiDamage: (id: string) => Promise<string | undefined>
  /** What was taken away of the schema since an API was there; of the configuration's own without an id. */
  readonly takenSince: (api: string | undefined) => Promise<readonly string[]>
  /** Whether that runs which renews the certificate. */
  readonly agentRuns: (world: World) => Promise<boolean>
  /** The files that nginx reads what it shows from. */
  readonly tls: { readonly certificate: string; readonly key: string }
  readonly sockets: NginxSockets
  /** nginx's file with its process id. */
  readonly pidFile: string
  /** nginx.conf. */
  readonly configuration: string
  /** How the load test calls itself (User-Agent). */
  readonly loadTestAgent: string
  /** nginx's log, as s6-log keeps it. */
  readonly logs: string
  /** Lets a command look at nginx: where that may have ports of root's, one with fewer rights sees nothing of it. */
  readonly asNginx: (command: Command) => Command
  /** What may answer on TCP: the site, and the way to it. */
  readonly publicPorts: readonly number[]
}

/** One line of the access log, as far as the checks read it. */
export type LogLine = {
  readonly id: string
  readonly tier: string
  readonly path: string
  readonly encoding: string
  /** Whom this tier asked; empty where it answered out of its cache, or by itself. */
  readonly upstream: string
  /** What the cache did, in CloudFront's words. */
  readonly result: string
  /** In ms, as `Date` has it. */
  readonly time: number
}

/** The lines of the access log with this text; so many of the logs that were rotated away, the newest, are read, too. */
export async function logLines(logs: string, containing: string, rotatedLogs = 1): Promise<readonly LogLine[]> {
  const rotated = (await readdir(logs)).filter((name) => name.startsWith('@')).toSorted()
  const files = [...rotated.slice(-rotatedLogs), 'current']
  const texts = await Promise.all(files.map((name) => readFile(join(logs, name), 'utf8').catch(() => '')))
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes(containing))
    .flatMap((line) => parsed(line.slice(line.indexOf('{'))))
}

/** A busy machine, or a worker of nginx that has little to say, is late. */
export const loggedWithinMs = 5000

/** Waits until the edge's log has so many lines of requests whose ids begin like this. */
export async function untilLogged(
  { logs }: EdgeMachine,
  prefix: string,
  count: number,
  world: Pick<World, 'sleep'>,
): Promise<void> {
  const until = performance.now() + loggedWithinMs
  while ((await logLines(logs, prefix)).filter(({ tier }) => tier === 'edge').length < count) {
    if (performance.now() > until) throw new Error(`nginx's log does not show the ${count} requests that were made`)
    await world.sleep(50)
  }
}

function parsed(line: string): readonly LogLine[] {
  try {
    const fields: unknown = JSON.parse(line)
    if (typeof fields !== 'object' || fields === null) return []
    const text = (name: string): string => String(Reflect.get(fields, name) ?? '')
    return [
      {
        id: text('x-edge-request-id'),
        tier: text('x-edge-location'),
        path: text('cs-uri-stem'),
        encoding: text('encoding'),
        upstream: text('upstream'),
        result: text('x-edge-result-type'),
        time: Date.parse(text('timestamp')),
      },
    ]
  } catch {
    // A line that is being written at this moment.
    return []
  }
}

/** The TCP ports that nginx listens on now; none where it does not run. */
export async function nginxPorts({ pidFile, asNginx }: EdgeMachine, world: World): Promise<readonly number[]> {
  const pid = (await readFile(pidFile, 'utf8')).trim()
  const { stdout } = await world.run(asNginx(['find', `/proc/${pid}/fd`, '-lname', 'socket:*', '-printf', '%l\\n']))
  const [all, own] = [await listeners(), socketsIn(stdout.split('\n'))]
  return [...new Set(all.filter(({ inode }) => own.has(inode)).map(({ port }) => port))].toSorted((a, b) => a - b)
}

/** Whether others than the owner may do anything at all with a path. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o077) !== 0
}

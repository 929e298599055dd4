import { readdir, readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { metric } from '../core/metric.ts'
import type { Counted } from './access-log.ts'
import { deviceOf } from './disk.ts'

/** What the kernel counts processor time in, on every system that edge runs on (`getconf CLK_TCK`). */
const ticksPerSecond = 100

/** What nginx's log says, in the text form of Prometheus. */
export function trafficFigures({ classes, files, origin }: Counted): string {
  const buckets = origin.bounds.map(
    (bound, index) => `edge_origin_seconds_bucket{le="${bound}"} ${origin.upTo[index]}\n`,
  )
  return [
    metric(
      'edge_requests_total',
      'counter',
      'Requests of visitors.',
      [...classes].map(([name, count]) => [`{class="${name}"}`, count] as const),
    ),
    metric('edge_file_requests_total', 'counter', 'Requests for files that the cache may answer.', [
      ['{result="hit"}', files.hit],
      ['{result="miss"}', files.miss],
    ]),
    '# HELP edge_origin_seconds How long answers took that no cache had.\n# TYPE edge_origin_seconds histogram\n',
    ...buckets,
    `edge_origin_seconds_bucket{le="+Inf"} ${origin.count}\n`,
    `edge_origin_seconds_sum ${origin.seconds}\nedge_origin_seconds_count ${origin.count}\n`,
  ].join('')
}

export type Looked = {
  /** The data folder of each member of the database, by its name. */
  readonly members: Readonly<Record<string, string>>
  /** A folder on the disk of the database. */
  readonly disk: string
  /** What that disk is called; absent where nobody says it. */
  readonly device?: string
  /** Where s6 keeps its services. */
  readonly services: string
}

/** What is looked at when somebody asks. */
export async function machineFigures({ members, disk, device: named, services }: Looked): Promise<string> {
  const [cpu, device, free, restarts] = await Promise.all([
    Promise.all(Object.entries(members).map(async ([name, folder]) => [name, await cpuSeconds(folder)] as const)),
    named ?? deviceOf(disk),
    statfs(disk).then(({ bavail, bsize }) => bavail * bsize),
    restartsOf(services),
  ])
  return [
    metric('edge_database_members', 'gauge', 'Members that the database should have.', [['', cpu.length]]),
    metric(
      'edge_database_cpu_seconds_total',
      'counter',
      'Processor time of the processes of PostgreSQL.',
      cpu.flatMap(([name, value]) => (value === undefined ? [] : [[`{member="${name}"}`, value] as const])),
    ),
    metric(
      'edge_disk',
      'gauge',
      'The disk that the database lies on.',
      device === undefined ? [] : [[`{device="${device}"}`, 1]],
    ),
    metric('edge_disk_free_bytes', 'gauge', 'What is free on that disk.', [['', free]]),
    metric(
      'edge_service_restarts_total',
      'counter',
      'Deaths of an engine that nobody asked for.',
      restarts.map(([name, count]) => [`{service="${name}"}`, count] as const),
    ),
  ].join('')
}

/**
 * Of a PostgreSQL and all that it started; undefined where it does not run. Patroni does not wait for it, so it is found
 * by its own file; what its children used is its own once they have ended.
 */
async function cpuSeconds(folder: string): Promise<number | undefined> {
  const [first = ''] = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  // Without a number this would be /proc/stat, which is there, and no figure of any process: a sum with it is none, and no alarm.
  if (!/^\d+$/.test(first)) return undefined
  const postmaster = await timesOf(first)
  if (!postmaster) return undefined
  const children = await readFile(`/proc/${first}/task/${first}/children`, 'utf8').catch(() => '')
  const times = await Promise.all(children.split(' ').filter(Boolean).map(timesOf))
  const live = times.reduce((sum, time) => sum + (time ? time.own : 0), 0)
  return (postmaster.own + postmaster.ofEnded + live) / ticksPerSecond
}

async function timesOf(pid: string): Promise<{ readonly own: number; readonly ofEnded: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // Fields are counted after the name, which may have blanks in it; times are the 14th to the 17th.
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(14 - 3, 18 - 3)
    .map(Number)
  return { own: user + system, ofEnded: endedUser + endedSystem }
}

/** As `finish` counts them (s6.ts); one that never died has no such file. */
async function restartsOf(services: string): Promise<readonly (readonly [string, number])[]> {
  const names = (await readdir(services).catch(() => [])).filter((name) => !name.startsWith('.'))
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(services, name, 'deaths'), 'utf8').catch(() => '')
      return [name, Number(text.trim().split(' ')[2] ?? 0)] as const
    }),
  )
}

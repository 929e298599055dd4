import { open } from 'node:fs/promises'
import { idleInBusiestMinute, idlePercent, type ProcessorTimes, processorTimes } from './machine.ts'
import { type Engines, type Memory, memoryOf, Processes, type Shares } from './processes.ts'
import { Recording, type Second } from './recording.ts'

/** What the database's pool has: server connections that serve somebody, of so many at most, and clients that wait. */
type PoolSeen = { readonly inUse: number; readonly most: number; readonly waiting: number }

/** Connections of PostgreSQL itself that are open, of so many at most: the pool's, and those that pass it by. */
type ConnectionsSeen = { readonly open: number; readonly most: number }

/** Files that the edge's cache answered, and those that it had to fetch. */
type FilesSeen = { readonly hit: number; readonly miss: number }

/** What is looked at beside k6 and the machine, where the site is this instance's. */
export type InstanceSources = {
  readonly engines: Engines
  readonly pool: () => Promise<PoolSeen>
  /** Of the database: how far the member that is furthest behind lags, how long the oldest query is under way, the primary's connections. */
  readonly atWork: () => Promise<{
    readonly behindMs: number | undefined
    readonly longestMs: number
    readonly connections: ConnectionsSeen
  }>
  /** By how many ms the event loop of each process of the API was late at most since the last call; absent where none says it. */
  readonly eventLoops?: (() => Promise<Shares>) | undefined
  /** What visitors asked for since the last call. */
  readonly files: () => Promise<FilesSeen>
}

/** A second of a run, or a few of a long one, with what the machine and the instance were doing in it. */
export type SeenSecond = Second & {
  /** Free processor time, 0 to 100. */
  readonly idlePercent: number
  /** In percent of one processor. */
  readonly byEngine?: Shares | undefined
  /** Of each engine's processes, in percent of its time. */
  readonly busiestThread?: Shares | undefined
  /** Of the last look, which is some seconds old: to sign in each second would cost what it measures. */
  readonly pool?: PoolSeen | undefined
  readonly behindMs?: number | undefined
  readonly longestMs?: number | undefined
  readonly connections?: ConnectionsSeen | undefined
  readonly eventLoops?: Shares | undefined
  readonly memory?: Memory | undefined
  /** Of the files until then; absent before anybody asked for one. */
  readonly hitPercent?: number | undefined
}

const rareEverySeconds = 5

export type Seen = {
  readonly timeline: readonly SeenSecond[]
  readonly idlePercent: number
  /** Seconds from the first look to the last. */
  readonly elapsed: number
}

/**
 * Looks once a second at the machine and at what k6 records, until `end` is called; a second call answers the same.
 * @param recording the file that k6 will write; while there is none, there is nothing to see
 * @param beside absent for a site that is elsewhere
 */
export async function watch(
  recording: string,
  onSecond: (elapsed: number, seen: SeenSecond | undefined) => void,
  beside?: InstanceSources,
): Promise<{ readonly end: () => Promise<Seen> }> {
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1000
  const looks: ProcessorTimes[] = [await processorTimes()]
  const timeline: SeenSecond[] = []
  const read = reader(recording)
  const processes = new Processes(beside?.engines ?? { processes: new Map(), folders: new Map() })
  processes.look()
  const rarely = beside && new Latest(() => rareOf(beside))
  const often = new Latest(async () => ({ eventLoops: await beside?.eventLoops?.() }))
  const hits = hitsSince(beside)
  often.look()
  let atPoint = looks[0]
  const look = async (): Promise<void> => {
    const now = await processorTimes()
    if (looks.length % rareEverySeconds === 1) rarely?.look()
    looks.push(now)
    const points = await read()
    if (points.length === 0) return
    // Of all the time since the last point: in a long run that is several seconds.
    const idle = idlePercent(atPoint ?? now, now)
    atPoint = now
    const seen = { idlePercent: idle, ...processes.look(), ...rarely?.seen, ...often.seen, ...(await hits()) }
    timeline.push(...points.map((point) => ({ ...point, ...seen })))
    // Each answer is about the time since the one before.
    often.look()
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look).then(() => onSecond(elapsed(), timeline.at(-1)))
  }, 1000)
  const end = async (): Promise<Seen> => {
    clearInterval(timer)
    await looking
    await look()
    return { timeline, idlePercent: idleInBusiestMinute(looks), elapsed: elapsed() }
  }
  let ended: Promise<Seen> | undefined
  return { end: () => (ended ??= end()) }
}

/** Of all files since the run began: in one second of a small run there are two, and a share of two says nothing. */
function hitsSince(beside: InstanceSources | undefined): () => Promise<Pick<SeenSecond, 'hitPercent'>> {
  let [hits, asked] = [0, 0]
  return async () => {
    const { hit, miss } = (await beside?.files().catch(() => undefined)) ?? { hit: 0, miss: 0 }
    hits += hit
    asked += hit + miss
    return asked === 0 ? {} : { hitPercent: (100 * hits) / asked }
  }
}

/** What costs too much to be looked at each second. */
async function rareOf({
  engines,
  pool,
  atWork,
}: InstanceSources): Promise<Pick<SeenSecond, 'pool' | 'behindMs' | 'longestMs' | 'connections' | 'memory'>> {
  const [poolNow, working] = await Promise.all([pool().catch(() => undefined), atWork().catch(() => undefined)])
  return { pool: poolNow, ...working, memory: memoryOf(engines) }
}

/** What was answered last. */
class Latest<Answer extends object> {
  seen: Partial<Answer> = {}
  #asking = false
  readonly #ask: () => Promise<Answer>

  constructor(ask: () => Promise<Answer>) {
    this.#ask = ask
  }

  /** Not waited for: one that does not answer is what a load test may bring about, and each second is looked at. */
  look(): void {
    if (!this.#asking) void this.#look()
  }

  async #look(): Promise<void> {
    this.#asking = true
    this.seen = await this.#ask().catch(() => ({}))
    this.#asking = false
  }
}

/** Each call answers the seconds that were recorded since the last one. */
function reader(path: string): () => Promise<readonly Second[]> {
  const recording = new Recording()
  let position = 0
  return async () => {
    const before = recording.seconds.length
    const file = await open(path).catch(() => undefined)
    if (!file) return []
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - position), 0, size - position, position)
      position += bytesRead
      // k6 records in ASCII: no character lies across two pieces.
      recording.feed(buffer.toString('utf8', 0, bytesRead))
    } finally {
      await file.close()
    }
    return recording.seconds.slice(before)
  }
}

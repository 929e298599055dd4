import { open } from 'node:fs/promises'
import { idleInBusiestMinute, idlePercent, type ProcessorTimes, processorTimes } from './machine.ts'
import { Recording, type Second } from './recording.ts'

/** A second of a run with the machine's free processor time in it, 0 to 100. */
export type SeenSecond = Second & { readonly idlePercent: number }

export type Seen = {
  readonly timeline: readonly SeenSecond[]
  readonly idlePercent: number
  /** Seconds from the first look to the last. */
  readonly elapsed: number
}

/**
 * Looks once a second at the machine and at what k6 records, until `end` is called; a second call answers the same.
 * @param recording the file that k6 will write; while there is none, there is nothing to see
 */
export async function watch(
  recording: string,
  onSecond: (elapsed: number, seen: SeenSecond | undefined) => void,
): Promise<{ readonly end: () => Promise<Seen> }> {
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1000
  const looks: ProcessorTimes[] = [await processorTimes()]
  const timeline: SeenSecond[] = []
  const read = reader(recording)
  const look = async (): Promise<void> => {
    const now = await processorTimes()
    const idle = idlePercent(looks.at(-1) ?? now, now)
    looks.push(now)
    timeline.push(...(await read()).map((second) => ({ ...second, idlePercent: idle })))
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

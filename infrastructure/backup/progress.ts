import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { bytes as sizeOf, show } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { filesBelow } from '../../src/targets/local/files.ts'
import type { Say } from './backups.ts'

export const bytesOf = (size: number): string => show({ ...sizeOf('0 B'), bytes: size })

/** What is not over within this time is told how long it takes. */
const tellsLeftAfterMs = 2000

/**
 * How far work is: `412 MB of 1.1 GB, about 20 s left`; where nobody knows how much there is, `37 %`.
 * @param share of 1
 */
export function progressWords(share: number, bytes: number | undefined, elapsedMs: number): string {
  const done = Math.min(1, Math.max(0, share))
  const far = bytes === undefined ? `${Math.floor(done * 100)} %` : `${bytesOf(done * bytes)} of ${bytesOf(bytes)}`
  const isKnown = elapsedMs >= tellsLeftAfterMs && done > 0 && done < 1
  return isKnown ? `${far}, about ${timeInWords((elapsedMs * (1 - done)) / done)} left` : far
}

/** Rounded up, and the more the longer it is: a guess that changes with each look is not read. */
function timeInWords(ms: number): string {
  const [seconds, minutes] = [Math.max(1, Math.ceil(ms / 1000)), Math.ceil(ms / 60_000)]
  if (seconds <= 10) return `${seconds} s`
  if (seconds <= 90) return `${Math.ceil(seconds / 5) * 5} s`
  if (minutes <= 90) return `${minutes} min`
  return `${Math.ceil(minutes / 30) / 2} h`
}

const tellsEveryMs = 500

/** Tells how far one piece of work is, from now on. Programs say it of each file, which nobody could read. */
export function progressOf(say: Say, name: string, bytes?: number): (share: number, more?: number) => void {
  const begun = performance.now()
  let told = -Infinity
  say(name)
  return (share, its = bytes) => {
    const now = performance.now()
    if (now - told < tellsEveryMs) return
    told = now
    say(`${name}: ${progressWords(share, its, now - begun)}`)
  }
}

/**
 * Tells how many bytes are done, of so many, from now on. Where nobody knows how many there are, or more came than that,
 * it says what is done and no more.
 */
export function amountOf(say: Say, name: string): (done: number, all?: number) => void {
  const begun = performance.now()
  say(name)
  return (done, all = 0) => {
    const far = done < all ? progressWords(done / all, all, performance.now() - begun) : bytesOf(done)
    say(`${name}: ${far}`)
  }
}

/** Of the lines that pgBackRest writes of each file, how much it has done with it. */
export const percentOf = (what: string, tell: (share: number) => void): ((line: string) => void) => {
  const pattern = new RegExp(`${what} .*, (\\d+(?:\\.\\d+)?)%\\)`)
  return (line) => {
    const percent = pattern.exec(line)?.[1]
    if (percent !== undefined) tell(Number(percent) / 100)
  }
}

/** One line for work that goes on beside other work: each part says its own words, and `''` when it has ended. */
export function besides(say: Say): () => Say {
  const parts: string[] = []
  return () => {
    const index = parts.push('') - 1
    return (text) => {
      parts[index] = text
      say(parts.filter((part) => part !== '').join('; '))
    }
  }
}

/** How much lies below a folder, in bytes; of what goes meanwhile nothing. */
export async function sizeBelow(folder: string): Promise<number> {
  const files = await filesBelow(folder).catch((): readonly string[] => [])
  const sizes = await eachAtOnce(files, (name) =>
    lstat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/**
 * Tells a terminal how much has come into a folder, while work fills it that says nothing itself.
 * @param bytes how much there is; 0 where nobody knows
 */
export const whileFilling = <Result>(
  folder: string,
  bytes: number,
  tell: (done: number, all?: number) => void,
  work: () => Promise<Result>,
  world: Pick<World, 'stdout'>,
): Promise<Result> =>
  whileLooking(
    () => sizeBelow(folder),
    (size) => tell(size, bytes),
    work,
    world,
  )

const looksEveryMs = 1000
/** A tree of a million files takes seconds to look through: work is to have nearly all of the machine. */
const restsTimes = 20

/** Tells a terminal what can be seen of work that says nothing itself. What cannot be looked at ends no work. */
export async function whileLooking<Seen, Result>(
  look: () => Promise<Seen | undefined>,
  tell: (seen: Seen) => void,
  work: () => Promise<Result>,
  { stdout }: Pick<World, 'stdout'>,
  everyMs = looksEveryMs,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  let isOver = !stdout.isTTY
  const lookIn = (ms: number): void => {
    timer = setTimeout(() => void lookNow(), ms)
  }
  const lookNow = async (): Promise<void> => {
    const begun = performance.now()
    const seen = await look().catch(() => undefined)
    if (isOver) return
    if (seen !== undefined) tell(seen)
    lookIn(Math.max(everyMs, restsTimes * (performance.now() - begun)))
  }
  if (!isOver) lookIn(everyMs)
  try {
    return await work()
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}

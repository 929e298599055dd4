import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { probeAgent } from './probe.ts'

/** What nginx's log says, counted since this process began. */
export type Counted = {
  /** Requests to the site, by the first digit of their status: `2xx`. */
  readonly classes: Map<string, number>
  /** Requests for files that the cache may answer. */
  readonly files: { hit: number; miss: number }
  /** Answers that no cache had, by how long they took: so many were no slower than each bound. */
  readonly origin: { readonly bounds: readonly number[]; readonly upTo: number[]; count: number; seconds: number }
}

/** `bounds`: in seconds, the smallest first. */
export const nothingCounted = (bounds: readonly number[]): Counted => ({
  classes: new Map(['2xx', '3xx', '4xx', '5xx'].map((name) => [name, 0])),
  files: { hit: 0, miss: 0 },
  origin: { bounds, upTo: bounds.map(() => 0), count: 0, seconds: 0 },
})

/** A visitor's words are escaped in the log: none of them reads like a field of nginx's own. */
const ofVisitors = '"x-edge-location":"edge"'
/** Our own question whether anybody gets an answer is asked by no visitor. */
const ofProbes = `"cs(User-Agent)":"${probeAgent}"`
/** Only what may have been passed on has it; files that a cache answers have a shorter line. */
const passedOn = '"upstream":'
const field = {
  status: /"sc-status":(\d)\d\d/,
  result: /"x-edge-result-type":"(\w+)"/,
  upstream: /"upstream-time":"(?:.*[ ,])?([\d.]+)"/,
  taken: /"time-taken":([\d.]+)/,
} as const

/** Counts one line. Of nginx's own servers inside the site it counts nothing: that is the same request once more. */
export function countLine(line: string, counted: Counted): void {
  if (!line.includes(ofVisitors) || line.includes(ofProbes)) return
  const status = field.status.exec(line)?.[1]
  if (status === undefined) return
  const name = `${status}xx`
  counted.classes.set(name, (counted.classes.get(name) ?? 0) + 1)
  if (line.includes(passedOn)) return countOrigin(field.upstream.exec(line)?.[1], counted)
  const result = field.result.exec(line)?.[1]
  if (result === 'Miss') {
    counted.files.miss += 1
    countOrigin(field.taken.exec(line)?.[1], counted)
  }
  if (result === 'Hit' || result === 'RefreshHit') counted.files.hit += 1
}

function countOrigin(taken: string | undefined, { origin }: Counted): void {
  if (taken === undefined) return
  const seconds = Number(taken)
  origin.count += 1
  origin.seconds += seconds
  for (const [index, bound] of origin.bounds.entries())
    if (seconds <= bound) origin.upTo[index] = (origin.upTo[index] ?? 0) + 1
}

/** Reads what comes to a log of s6-log, across its rotations; begins at its end. */
export class LogTail {
  readonly #folder: string
  readonly #opens: (path: string) => Promise<FileHandle>
  #inode = 0
  #offset = 0
  #rest = ''

  /** `opens`: what opens a file; a test has something happen right after that. */
  constructor(folder: string, opens: (path: string) => Promise<FileHandle> = open) {
    this.#folder = folder
    this.#opens = opens
  }

  /** Skips what is there. */
  async begin(): Promise<void> {
    const current = await stat(join(this.#folder, 'current')).catch(() => undefined)
    this.#inode = current?.ino ?? 0
    this.#offset = current?.size ?? 0
  }

  /** The lines that came since the last call. */
  async lines(): Promise<readonly string[]> {
    const current = await this.#opens(join(this.#folder, 'current')).catch(() => undefined)
    if (!current) return []
    const { rotated, text } = await this.#come(current).finally(() => current.close())
    const lines = `${this.#rest}${rotated}${text.toString('latin1')}`.split('\n')
    this.#rest = lines.pop() ?? ''
    return lines
  }

  /** All by one handle: the name may be that of another file at any moment. */
  async #come(current: FileHandle): Promise<{ readonly rotated: string; readonly text: Buffer }> {
    const { ino } = await current.stat()
    const rotated = ino === this.#inode ? '' : await this.#rotated(ino)
    if (ino !== this.#inode) this.#offset = 0
    this.#inode = ino
    const text = await readFrom(current, this.#offset)
    this.#offset += text.length
    return { rotated, text }
  }

  /** What was written into files that were rotated away since: the rest of the last one, and all of those after it. */
  async #rotated(current: number): Promise<string> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith('@')).toSorted()
    const inodes = await Promise.all(
      names.map((name) =>
        stat(join(this.#folder, name)).then(
          ({ ino }) => ino,
          () => 0,
        ),
      ),
    )
    const last = inodes.lastIndexOf(this.#inode)
    // It is gone already, or there was none: what lies there was never read, or belongs to an earlier process.
    if (last === -1) return ''
    // The one that is being read may have been rotated away since it was opened.
    const [first, ...others] = names
      .filter((_, index) => index >= last && inodes[index] !== current)
      .map((name) => join(this.#folder, name))
    const texts = [
      first === undefined ? '' : (await readNamed(first, this.#offset)).toString('latin1'),
      ...(await Promise.all(others.map((path) => readFile(path, 'latin1').catch(() => '')))),
    ]
    return texts.join('')
  }
}

async function readNamed(path: string, offset: number): Promise<Buffer> {
  const file = await open(path).catch(() => undefined)
  return file ? readFrom(file, offset).finally(() => file.close()) : Buffer.alloc(0)
}

async function readFrom(file: FileHandle, offset: number): Promise<Buffer> {
  const { size } = await file.stat()
  if (size <= offset) return Buffer.alloc(0)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - offset), 0, size - offset, offset)
  return buffer.subarray(0, bytesRead)
}

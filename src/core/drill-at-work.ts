import { isAlive, startOf } from './process.ts'

/** No drill takes as long; its number is another process's by now. */
const longestMs = 3 * 3_600_000

/** What a drill notes of its process; an older version noted no start. */
type Noted = { readonly pid: number; readonly at: string; readonly started?: string | undefined }

/**
 * Whether the drill that noted this is at work still: a damaged note, of process 0, is of none. Its process is known by its
 * start, whatever the clock says since.
 */
export function isAtWork({ pid, at, started }: Noted): boolean {
  if (pid === 0 || !isAlive(pid)) return false
  if (started !== undefined) return startOf(pid) === started
  const age = Date.now() - Date.parse(at)
  return age >= 0 && age < longestMs
}

/** The same of a note as it lies in its file: what cannot be read as one was cut off, and its drill is gone. */
export function isAtWorkBy(note: string): boolean {
  const pid = Number(/"pid": ?(\d+)/.exec(note)?.[1] ?? 0)
  const at = /"at": ?"([^"]*)"/.exec(note)?.[1] ?? ''
  return isAtWork({ pid, at, started: /"started": ?"(\d+)"/.exec(note)?.[1] })
}

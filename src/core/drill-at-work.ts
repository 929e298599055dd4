import { isAlive } from './process.ts'

/** No drill takes as long; its number is another process's by now. */
const longestMs = 3 * 3_600_000

/** Whether the drill that noted this is at work still: a damaged note, of process 0, is of none. */
export const isAtWork = ({ pid, at }: { readonly pid: number; readonly at: string }): boolean =>
  pid !== 0 && isAlive(pid) && Date.now() - Date.parse(at) < longestMs

/** The same of a note as it lies in its file: what cannot be read as one was cut off, and its drill is gone. */
export function isAtWorkBy(note: string): boolean {
  const pid = Number(/"pid": ?(\d+)/.exec(note)?.[1] ?? 0)
  const at = /"at": ?"([^"]*)"/.exec(note)?.[1] ?? ''
  return isAtWork({ pid, at })
}

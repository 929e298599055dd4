import { rm } from 'node:fs/promises'
import { isAtWorkBy } from '../../core/drill-at-work.ts'
import { ownPid, startOf } from '../../core/process.ts'
import { readText, writeAtomically } from './files.ts'

/**
 * Notes, before it is done, that this process changes something which must not stay so: whoever finds the note, and the
 * process gone, takes it back. Answers how to take the note away.
 */
export async function noteAtWork(path: string, now: Date): Promise<() => Promise<void>> {
  await writeAtomically(path, `${JSON.stringify({ pid: ownPid, at: now.toISOString(), started: startOf(ownPid) })}\n`)
  return () => rm(path, { force: true })
}

/** Whether whoever noted that was killed. */
export async function isLeftBehind(path: string): Promise<boolean> {
  const note = await readText(path)
  return note !== undefined && !isAtWorkBy(note)
}

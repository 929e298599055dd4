import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readText } from '../targets/local/files.ts'

/** The data directory of a server that runs is its working directory: nobody else is there by chance. */
async function isIn(folder: string, pid: number): Promise<boolean> {
  const seen = await Promise.all([folder, `/proc/${pid}/cwd`].map((path) => stat(path).catch(() => undefined)))
  const [own, its] = seen
  return own !== undefined && its !== undefined && own.ino === its.ino && own.dev === its.dev
}

const lockOf = (data: string): string => join(data, 'postmaster.pid')

/** A server without clients (`--single`) writes its number with a minus. */
async function serverNamed(lock: string, data: string): Promise<number | undefined> {
  const pid = Math.abs(Number(lock.split('\n')[0]))
  return pid > 0 && (await isIn(data, pid)) ? pid : undefined
}

/**
 * The number of the server that runs on a data directory; undefined where none does. Its lock file alone does not tell: after
 * a loss of power the number in it is of whoever has it now.
 */
export const postmasterOf = async (data: string): Promise<number | undefined> =>
  serverNamed((await readText(lockOf(data))) ?? '', data)

/** Removes the lock file of a server that is gone; answers the number of one that runs. Its programs signal whom the file names. */
export async function withoutStaleLock(data: string): Promise<number | undefined> {
  const lock = await readText(lockOf(data))
  // One that begins at this moment writes it next.
  if (lock === undefined) return undefined
  const pid = await serverNamed(lock, data)
  if (pid === undefined) await rm(lockOf(data), { force: true })
  return pid
}

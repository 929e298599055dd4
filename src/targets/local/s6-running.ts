import { constants, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a supervisor of s6 2.11 writes down: two times, the process at 24, how the last one ended at 32, flags at 34. */
const noted = { bytes: 35, process: 24, flags: 34, isFinishing: 2 }

/**
 * The process of a service that runs, as s6-svstat finds it: by the supervisor's file, and whether somebody reads its pipe.
 * To start that program takes 20 ms of a processor, and a command looks at each engine several times. Undefined where the
 * service does not run, or where the file is another one: that is for the program to say.
 */
export async function runningIn(directory: string): Promise<number | undefined> {
  const status = await readFile(join(directory, 'supervise', 'status')).catch(() => undefined)
  if (status?.length !== noted.bytes) return undefined
  const pid = Number(status.readBigUInt64BE(noted.process))
  const isFinishing = (status.readUInt8(noted.flags) & noted.isFinishing) !== 0
  if (pid === 0 || isFinishing) return undefined
  const { O_WRONLY, O_NONBLOCK } = constants
  const pipe = await open(join(directory, 'supervise', 'control'), O_WRONLY | O_NONBLOCK).catch(() => undefined)
  await pipe?.close()
  return pipe ? pid : undefined
}

import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isAtWork } from '../../src/core/drill-at-work.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { ownPid } from '../../src/core/process.ts'
import { makePrivateDirectory, readJson } from '../../src/targets/local/files.ts'

/** What a drill notes before it causes anything: whoever finds it, and the process gone, undoes it. */
const written = z.object({ alarm: z.string(), pid: z.number(), at: z.string() })
type Marker = z.output<typeof written>

const fileOf = (folder: string, alarm: string): string => join(folder, `${alarm}.json`)

async function markersIn(folder: string): Promise<readonly Marker[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'))
  const found = await Promise.all(
    names.map(async (name) => {
      // Cut off by a full disk it still says, by its name, what was caused.
      const damaged = { alarm: name.replace(/\.json$/, ''), pid: 0, at: '' }
      return (await readJson(join(folder, name), written)) ?? damaged
    }),
  )
  return found
}

/** Alarms whose causes a drill has left behind. */
export const abandonedIn = async (folder: string): Promise<readonly string[]> =>
  (await markersIn(folder)).filter((marker) => !isAtWork(marker)).map(({ alarm }) => alarm)

/** Notes that a drill is about to cause something. Throws OperatorError where another one is at work. */
export async function mark(folder: string, alarm: string, name: string, now: Date): Promise<void> {
  await makePrivateDirectory(folder)
  const other = (await markersIn(folder)).find(isAtWork)
  if (other) {
    const what = `the drill of ${other.alarm} is at work since ${other.at} (process ${other.pid})`
    throw new OperatorError(`drill ${name}`, what, 'wait for its end: two at once would be taken for each other')
  }
  const marker: Marker = { alarm, pid: ownPid, at: now.toISOString() }
  await writeFile(fileOf(folder, alarm), `${JSON.stringify(marker)}\n`, { mode: 0o600, flag: 'wx' })
}

export const unmark = (folder: string, alarm: string): Promise<void> => rm(fileOf(folder, alarm), { force: true })

import { randomUUID } from 'node:crypto'
import { link, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isAtWork } from '../../src/core/drill-at-work.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { ownPid, startOf } from '../../src/core/process.ts'
import { makePrivateDirectory, readJson } from '../../src/targets/local/files.ts'

/** What a drill notes before it causes anything: whoever finds it, and the process gone, undoes it. */
const written = z.object({ alarm: z.string(), pid: z.number(), at: z.string(), started: z.string().optional() })
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
  const marker: Marker = { alarm, pid: ownPid, at: now.toISOString(), started: startOf(ownPid) }
  const isOwn = await placeNew(fileOf(folder, alarm), `${JSON.stringify(marker)}\n`)
  // Looked for when the own note is there: of two that begin at one moment none misses the other.
  const others = (await markersIn(folder)).filter((one) => !isOwn || one.alarm !== alarm)
  const other = others.find(isAtWork)
  if (isOwn && !other) return
  if (isOwn) await unmark(folder, alarm)
  const { alarm: at, at: since, pid } = other ?? others.find((one) => one.alarm === alarm) ?? marker
  const what = `the drill of ${at} is at work since ${since} (process ${pid})`
  throw new OperatorError(`drill ${name}`, what, 'wait for its end: two at once would be taken for each other')
}

/** Puts a whole file into its place; false where there is one already. */
async function placeNew(path: string, content: string): Promise<boolean> {
  const aside = `${path}.${ownPid}-${randomUUID()}`
  await writeFile(aside, content, { mode: 0o600 })
  try {
    await link(aside, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

export const unmark = (folder: string, alarm: string): Promise<void> => rm(fileOf(folder, alarm), { force: true })

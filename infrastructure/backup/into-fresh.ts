import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { requireWritable } from './fresh-folder.ts'
import { restoredCopy, stopLeftOver } from './restored-server.ts'

const longestFolder = 90

/** A folder, as files are counted. There until a restore has come to its end: all that lies beside it is what one that was killed left half done. */
const unfinished = '.edge-restore-unfinished'

/**
 * Does work that fills a folder, which must hold nothing yet: a restore never goes over what is there. What did not come
 * to its end is removed again, by the next one where this one is killed.
 */
export async function intoFresh<Result>(folder: string, world: World, work: () => Promise<Result>): Promise<Result> {
  if (folder.length > longestFolder) {
    const what = `${folder} is too long: the socket of a copy lies in it, whose path has 107 characters at most`
    throw new OperatorError('--into', what, 'name a shorter one: /srv/restored', exit.usage)
  }
  const names = await namesIn(folder)
  if (names.length > 0 && !names.includes(unfinished)) {
    const what = `${folder} is not empty (${names.length} entries)`
    throw new OperatorError('--into', what, 'name a folder that is not there yet', exit.usage)
  }
  // Before the live database is asked for anything, and before a long copy.
  await requireWritable(folder)
  await empty(folder, world)
  try {
    await mkdir(join(folder, unfinished))
    const result = await work()
    await rmdir(join(folder, unfinished))
    return result
  } catch (error) {
    await empty(folder, world)
    throw error
  }
}

/** The folder itself was there before, or may have a parent that is not ours. */
async function empty(folder: string, world: World): Promise<void> {
  for (const copy of [folder, join(folder, 'recovered')]) await stopLeftOver(restoredCopy(copy), world)
  for (const name of await namesIn(folder)) await rm(join(folder, name), { recursive: true, force: true })
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })

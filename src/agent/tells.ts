import { access, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../core/errors.ts'
import type { Tell } from '../core/tell.ts'

type Seen = { since?: number | undefined; told?: boolean; failed?: string | undefined }

/**
 * Answers what is to be done with the answers of each heartbeat, in the order of the queries. What the database does not answer
 * is not known, and what was told stays.
 */
export function tellerOf(tells: readonly Tell[], now: () => number = () => performance.now()) {
  const seen = new Map<Tell, Seen>(tells.map((tell) => [tell, {}]))
  return async (answers: readonly (boolean | null | undefined)[]): Promise<void> => {
    for (const [index, tell] of tells.entries()) {
      const answer = answers[index]
      const state = seen.get(tell)
      if (!state || answer === undefined || answer === null) continue
      state.since = answer ? (state.since ?? now()) : undefined
      const isLong = state.since !== undefined && now() - state.since >= tell.afterMs
      // Of what began a moment ago nothing is said yet, neither way.
      if (answer && !isLong) continue
      // What somebody has taken away is told anew: it would be missed, and rings, until it changed.
      if (state.told === isLong && (await isThere(tell.file))) continue
      // Where it cannot be written, the next heartbeat tries again; once is enough to say so.
      const failed = await write(tell.file, isLong ? tell.yes : tell.no).then(() => undefined, messageOf)
      if (failed === undefined) state.told = isLong
      else if (failed !== state.failed) console.error(`${tell.file} cannot be written: ${failed}`)
      state.failed = failed
    }
  }
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** As a whole, so that nobody reads half of it. */
async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

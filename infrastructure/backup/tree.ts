import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { filesBelow, fingerprint } from '../../src/targets/local/files.ts'

/** `written` changes with a file's content; `touched` also where somebody set its times back afterwards. */
type Seen = { readonly written: string; readonly touched: string }

/** Within this time of a look a second change can have the times of the first: the file is read again the next time. */
const unsureMs = 2000
const unsure = ''

/** The files below some paths, each with what changes when it is written. */
async function seenBelow(paths: readonly string[]): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>()
  for (const path of paths) {
    const files = (await filesBelow(path)).map((name) => join(path, name))
    await eachAtOnce(files, async (file) => {
      const info = await stat(file, { bigint: true }).catch(() => undefined)
      if (!info) return
      const written = `${info.size} ${info.mtimeNs} ${info.ino}`
      const isSure = Date.now() - Number(info.ctimeMs) > unsureMs
      seen.set(file, { written, touched: isSure ? `${written} ${info.ctimeNs}` : unsure })
    })
  }
  return seen
}

/** Changes with each file below some paths that is written, comes or goes. Reads none of them. */
export const stateOf = async (paths: readonly string[]): Promise<string> =>
  fingerprint([...(await seenBelow(paths))].map(([file, { written }]) => [file, written]).toSorted())

export const hashedSchema = z.record(z.string(), z.object({ touched: z.string(), hash: z.string() }))
/** Files that were hashed before, by their paths, and how each looked then. */
export type Hashed = Readonly<z.output<typeof hashedSchema>>

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/**
 * The hash of each file below some paths that stays as it is while `work` is done: those that somebody writes meanwhile
 * are left out, as nobody knows which half of them was read.
 * @param known a file that looks as it did then is not read again: restic reads it no more either, by the same signs
 */
export async function hashesAround<Result>(
  paths: readonly string[],
  work: () => Promise<Result>,
  known: Hashed = {},
): Promise<{ readonly result: Result; readonly hashed: Hashed }> {
  const before = await seenBelow(paths)
  // Both read the same files: beside each other, the disk is asked for them once.
  const [hashed, result] = await Promise.all([hashesOf(before, known), work()])
  const after = await seenBelow(paths)
  const same = hashed.filter(([file]) => before.get(file)?.written === after.get(file)?.written)
  return { result, hashed: Object.fromEntries(same) }
}

/** Those of them that can be read. */
async function hashesOf(seen: ReadonlyMap<string, Seen>, known: Hashed) {
  const hashed = await eachAtOnce([...seen], async ([file, { touched }]) => {
    const before = known[file]
    const isKnown = touched !== unsure && before?.touched === touched
    const hash = isKnown ? before.hash : await hashOf(file).catch(() => undefined)
    return hash === undefined ? [] : [[file, { touched, hash }] as const]
  })
  return hashed.flat()
}

/**
 * How a restored tree differs from what was backed up, in words; undefined where each file is there, byte for byte. What a
 * link leads to elsewhere was not restored: it would be the live file, held against itself.
 */
export async function treeDifference(
  hashes: Readonly<Record<string, string>>,
  restored: string,
): Promise<string | undefined> {
  const files = Object.entries(hashes)
  if (files.length === 0) return 'there is no file to compare'
  const below = join(await realpath(restored).catch(() => restored), '/')
  const found = await eachAtOnce(files, async ([path, wanted]) => {
    const file = join(restored, path)
    const hash = await hashOf(file).catch(() => undefined)
    if (hash === undefined) return `${path} is missing`
    if (!(await realpath(file)).startsWith(below)) return `${path} lies behind a link, and did not come back itself`
    return hash === wanted ? undefined : `${path} has other content`
  })
  return found.find((difference) => difference !== undefined)
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { filesBelow, fingerprint } from '../../src/targets/local/files.ts'

/** The files below some paths, each with what changes when it is written. */
async function seenBelow(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>()
  for (const path of paths) {
    const files = (await filesBelow(path)).map((name) => join(path, name))
    await eachAtOnce(files, async (file) => {
      const info = await stat(file, { bigint: true }).catch(() => undefined)
      if (info) seen.set(file, `${info.size} ${info.mtimeNs} ${info.ino}`)
    })
  }
  return seen
}

/** Changes with each file below some paths that is written, comes or goes. Reads none of them. */
export const stateOf = async (paths: readonly string[]): Promise<string> =>
  fingerprint([...(await seenBelow(paths))].toSorted())

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/**
 * The hash of each file below some paths that stays as it is while `work` is done: those that somebody writes meanwhile
 * are left out, as nobody knows which half of them was read.
 */
export async function hashesAround<Result>(
  paths: readonly string[],
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly hashes: Readonly<Record<string, string>> }> {
  const before = await seenBelow(paths)
  const hashes = await hashesOf([...before.keys()])
  const result = await work()
  const after = await seenBelow(paths)
  const same = Object.entries(hashes).filter(([file]) => before.get(file) === after.get(file))
  return { result, hashes: Object.fromEntries(same) }
}

async function hashesOf(files: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const hashed = await eachAtOnce(files, async (file) => {
    const hash = await hashOf(file).catch(() => undefined)
    return hash === undefined ? [] : [[file, hash] as const]
  })
  return Object.fromEntries(hashed.flat())
}

/** How a restored tree differs from what was backed up, in words; undefined where each file is there, byte for byte. */
export async function treeDifference(
  hashes: Readonly<Record<string, string>>,
  restored: string,
): Promise<string | undefined> {
  const files = Object.entries(hashes)
  if (files.length === 0) return 'there is no file to compare'
  const found = await eachAtOnce(files, async ([path, wanted]) => {
    const hash = await hashOf(join(restored, path)).catch(() => undefined)
    if (hash === undefined) return `${path} is missing`
    return hash === wanted ? undefined : `${path} has other content`
  })
  return found.find((difference) => difference !== undefined)
}

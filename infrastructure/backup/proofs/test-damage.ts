import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The largest file below a folder. */
export async function largestBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })))
  const [largest] = sizes.toSorted((one, other) => other.size - one.size)
  if (!largest) throw new Error(`nothing lies below ${folder}`)
  return largest.path
}

/** Has a file have another byte at a place, in its middle by itself; the one before when it is done again. */
export async function flip(path: string, place?: number): Promise<void> {
  const file = await open(path, 'r+')
  const at = place ?? Math.floor((await file.stat()).size / 2)
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, at)
  await file.close()
}

/** Flips the largest file of a backup in the first repository; answers what puts it back. */
export async function damageBackup(state: string, label: string): Promise<() => Promise<void>> {
  const path = await largestBelow(join(state, 'backup', 'repository', 'database', 'backup', 'edge', label))
  await flip(path)
  return () => flip(path)
}

import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Bytes, mebibytes } from '../../core/units.ts'
import type { Problem } from './problem.ts'

/** What something is going to take on the disk. */
export type SpaceNeed = {
  readonly path: string
  readonly size: Bytes
  /** What takes it: `the packages`. */
  readonly what: string
  /** What can be done beside making room there. */
  readonly instead?: string
}

/** What is free where a path lies. Paths on one file system share it. */
export type Space = { readonly fileSystem: number; readonly free: Bytes }

export async function spaceAt(path: string): Promise<Space> {
  const [{ dev }, { bavail, bsize }] = await Promise.all([stat(path), statfs(path)])
  return { fileSystem: dev, free: { kind: 'bytes', bytes: bavail * bsize } }
}

/** One problem for each file system that has less than what is needed on it in all. */
export async function spaceProblems(needs: readonly SpaceNeed[], look = spaceAt): Promise<readonly Problem[]> {
  const places = await Promise.all(
    needs.map(async (need) => {
      const existing = await nearestExisting(need.path)
      return { ...need, existing, ...(await look(existing)) }
    }),
  )
  const shared = Map.groupBy(places, ({ fileSystem }) => fileSystem)
  return [...shared.values()].flatMap((sharing): readonly Problem[] => {
    const free = Math.min(...sharing.map((place) => place.free.bytes))
    const needed = sharing.reduce((sum, { size }) => sum + size.bytes, 0)
    if (free >= needed) return []
    const below = [...new Set(sharing.map(({ existing }) => existing))].join(' and ')
    const each = sharing.map(({ what, size }) => `${what} ${Math.ceil(mebibytes(size))} MB`).join(', ')
    return [
      {
        where: 'disk',
        what: `${Math.floor(inMegabytes(free))} MB free below ${below}, ${Math.ceil(inMegabytes(needed))} MB needed (${each})`,
        hint: ['free some space', ...sharing.flatMap(({ instead }) => instead ?? [])].join(', or '),
      },
    ]
  })
}

const inMegabytes = (bytes: number): number => mebibytes({ kind: 'bytes', bytes })

export async function nearestExisting(path: string): Promise<string> {
  return stat(path).then(
    () => path,
    () => nearestExisting(dirname(path)),
  )
}

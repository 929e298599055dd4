import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { parsedJson, readText, writeAtomically } from '../../src/targets/local/files.ts'
import type { World } from '../../src/core/world.ts'
import { pgbackrest, type PgbackrestPaths } from '../../src/engines/pgbackrest.ts'
import { isAddress, placeOf } from '../../src/engines/s3.ts'
import type { Repository } from './which-repository.ts'

/** A file in a repository: its name below the folder that was asked for, and when it came there, in ms since 1970. */
type Stored = { readonly name: string; readonly bytes: number; readonly at: number }

/** What lies in a repository, by names below its folder (`database/…`, `files/…`), whatever it lies on. */
export type Storage = {
  /** Every file below a folder of it; none where there is no such folder. */
  readonly list: (below: string) => Promise<readonly Stored[]>
  readonly has: (name: string) => Promise<boolean>
  /** A file as it lies there; undefined where there is none. */
  readonly read: (name: string) => Promise<string | undefined>
  readonly write: (name: string, text: string) => Promise<void>
}

export function storageOf(paths: PgbackrestPaths, repository: Repository, world: Pick<World, 'run'>): Storage {
  const place = dirname(paths.repositories[repository - 1] ?? '')
  return isAddress(place) ? inS3(paths, repository, place, world) : inFolder(place)
}

const inFolder = (folder: string): Storage => ({
  list: async (below) => {
    const names = await readdir(join(folder, below), { recursive: true }).catch((): string[] => [])
    const found = await Promise.all(
      names.map(async (name) => {
        // It may have expired meanwhile.
        const info = await stat(join(folder, below, name)).catch(() => undefined)
        return info?.isFile() === true ? [{ name, bytes: info.size, at: info.mtimeMs }] : []
      }),
    )
    return found.flat()
  },
  has: async (name) => (await stat(join(folder, name)).catch(() => undefined)) !== undefined,
  read: (name) => readText(join(folder, name)),
  write: (name, text) => writeAtomically(join(folder, name), text),
})

const listed = z.record(
  z.string(),
  z.object({ type: z.string(), size: z.number().optional(), time: z.number().optional() }),
)

/** By pgBackRest, which has the credentials, and speaks S3. */
function inS3(paths: PgbackrestPaths, repository: Repository, address: string, world: Pick<World, 'run'>): Storage {
  const where = [`--repo=${repository}`, `--repo${repository}-path=${placeOf(address).folder}`]
  const list = async (below: string, ...how: readonly string[]): Promise<readonly Stored[]> => {
    const options = [...where, '--output=json', ...how]
    const { stdout } = await pgbackrest(world, paths, ['repo-ls', ...(below === '.' ? [] : [below])], { options })
    return Object.entries(parsedJson(stdout, listed) ?? {}).flatMap(([name, { type, size = 0, time = 0 }]) =>
      type === 'file' ? [{ name, bytes: size, at: time * 1000 }] : [],
    )
  }
  const has = async (name: string): Promise<boolean> =>
    (await list(dirname(name))).some((one) => one.name === basename(name))
  return {
    list: (below) => list(below, '--recurse'),
    has,
    read: async (name) => {
      if (!(await has(name))) return undefined
      return (await pgbackrest(world, paths, ['repo-get', name], { options: [...where, '--raw'] })).stdout
    },
    write: async (name, text) => {
      await pgbackrest(world, paths, ['repo-put', name], { options: [...where, '--raw'], input: text })
    },
  }
}

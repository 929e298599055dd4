import { basename } from 'node:path'
import type { World } from '../../src/core/world.ts'
import { type Archiver, showLogs } from './archive.ts'
import type { Backups } from './backups.ts'
import { fullWith } from './full.ts'
import { storageOf } from './storage.ts'
import type { Repository } from './which-repository.ts'

const names = { 1: 'first', 2: 'second' } as const satisfies Record<Repository, string>

/** How pgBackRest calls what it is at: on a full disk that stays. */
const unfinished = '.pgbackrest.tmp'

/** Whether a repository has a file of the log; one that cannot be read has nothing that anybody could have back. */
const has = ({ paths }: Pick<Backups, 'paths'>, repository: Repository, name: string, world: Pick<World, 'run'>) =>
  storageOf(paths.database, repository, world)
    .list('database/archive/edge')
    .then((files) => files.some((file) => basename(file.name).startsWith(name) && !file.name.endsWith(unfinished)))
    .catch(() => false)

/** What is said where archiving fails: which file of the log was refused, which repository has not got it, and what to do. */
export async function refused(
  backups: Pick<Backups, 'paths'>,
  { wal }: Pick<Archiver, 'wal'>,
  world: Pick<World, 'run'>,
): Promise<{ readonly because: string; readonly next: string }> {
  if (wal === null) return { because: 'archiving fails: a segment was refused last', next: showLogs }
  const without = await Promise.all(
    ([1, 2] as const).map(async (repository) => {
      if (await has(backups, repository, wal, world)) return []
      const path = backups.paths.database.repositories[repository - 1] ?? ''
      const free = await fullWith(path)
      const why = free === undefined ? '' : `, whose disk is full (${free} MB are free)`
      return [{ isFull: free !== undefined, says: `the ${names[repository]} repository (${path})${why}` }]
    }),
  )
  const places = without.flat()
  const where = places.length === 0 ? '' : `, and is not in ${places.map(({ says }) => says).join(' nor in ')}`
  const room = places.some(({ isFull }) => isFull) ? 'make room there (docs/runbooks/disk-full.md); ' : ''
  return { because: `archiving fails: ${wal} was refused last${where}`, next: `${room}${showLogs}` }
}

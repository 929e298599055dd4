import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'
import { idOf, type ResticRepository } from '../../src/engines/restic.ts'
import { isAddress } from '../../src/engines/s3.ts'
import { isOnServer, isSftp } from '../../src/engines/sftp.ts'
import { type Storage, storageOf } from './storage.ts'
import type { Repository } from './which-repository.ts'

/** Where a repository lies, and which field of the configuration says so. */
type Place = {
  readonly repository: Repository
  readonly field: string
  readonly folder: string
  readonly known: string
  readonly marker: Marker
}

/** By what a repository is known again. */
type Marker = { readonly read: () => Promise<string | undefined>; readonly make: () => Promise<void> }

const inFile = (storage: Storage): Marker => ({
  read: () => storage.read(marker),
  make: () => storage.write(marker, `${randomUUID()}\n`),
})

/** Nothing but restic writes over SFTP: what it has made has an id of its own. */
const byItsId = (repository: ResticRepository, world: Pick<World, 'run'>): Marker => ({
  read: () => idOf(repository, world),
  make: () => Promise.resolve(),
})

const marker = 'edge-repository'

function placesOf({ state, paths }: Pick<Backups, 'state' | 'paths'>, world: Pick<World, 'run'>): readonly Place[] {
  const place = (repository: Repository, field: string, folder: string, how: Marker): Place => {
    const name = folder.replace(/^(\w+:\/)?\//, '').replaceAll('/', '-')
    return { repository, field, folder, known: join(state, 'backup', 'places', name), marker: how }
  }
  const both: readonly Repository[] = [1, 2]
  const [, files] = paths.files
  return [
    ...both.map((repository) =>
      place(
        repository,
        repository === 1 ? 'backup.repository' : 'backup.secondRepository',
        dirname(paths.database.repositories[repository - 1] ?? ''),
        inFile(storageOf(paths.database, repository, world)),
      ),
    ),
    ...(files.sftp ? [place(2, 'backup.secondFiles', dirname(files.path), byItsId(files, world))] : []),
  ]
}

/**
 * Throws OperatorError where a repository was seen in its place before, and another one or none is there now: what looks
 * like an empty folder is the place where a disk is not mounted, most likely. A new repository would begin in it. `only`: of one of them.
 */
export async function requirePlaces(
  backups: Pick<Backups, 'state' | 'paths'>,
  world: Pick<World, 'run'>,
  only?: Repository,
): Promise<void> {
  for (const place of placesOf(backups, world)) {
    if (only !== undefined && place.repository !== only) continue
    const [known, seen] = await Promise.all([readText(place.known), place.marker.read()])
    if (known === undefined || known === seen) continue
    const what = seen === undefined ? 'is not there now' : 'is not the one that is there now'
    throw new OperatorError(
      place.field,
      `${place.folder} has held a repository (${known.trim()}), which ${what}: ${isSame(place.folder)}?`,
      [
        isOnServer(place.folder)
          ? 'put back what was in it, then edge deploy backup'
          : 'mount it, then edge deploy backup',
        `where it is lost for good, rm ${place.known}: then edge deploy backup begins a new one there`,
      ],
      exit.usage,
    )
  }
}

function isSame(folder: string): string {
  if (isSftp(folder)) return 'is it the same server'
  return isAddress(folder) ? 'is it the same bucket' : 'is its disk mounted'
}

/** Whether each place has its marker, and it is known here. */
export async function areMarked(
  backups: Pick<Backups, 'state' | 'paths'>,
  world: Pick<World, 'run'>,
): Promise<boolean> {
  const marked = await Promise.all(
    placesOf(backups, world).map(async (place) => {
      const [known, seen] = await Promise.all([readText(place.known), place.marker.read()])
      return known !== undefined && known === seen
    }),
  )
  return marked.every(Boolean)
}

/** Marks each repository with a name of its own; one that has its marker, of an instance that was lost, is known from now on. */
export async function markPlaces(backups: Pick<Backups, 'state' | 'paths'>, world: Pick<World, 'run'>): Promise<void> {
  for (const place of placesOf(backups, world)) {
    if ((await place.marker.read()) === undefined) await place.marker.make()
    const seen = await place.marker.read()
    await makePrivateDirectory(dirname(place.known))
    if (seen !== undefined && (await readText(place.known)) !== seen) await writeAtomically(place.known, seen)
  }
}

import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'
import { isAddress } from '../../src/engines/s3.ts'
import { type Storage, storageOf } from './storage.ts'
import type { Repository } from './which-repository.ts'

/** Where a repository lies, and which field of the configuration says so. */
type Place = {
  readonly field: string
  readonly folder: string
  readonly known: string
  readonly storage: Storage
}

const marker = 'edge-repository'

function placesOf({ state, paths }: Pick<Backups, 'state' | 'paths'>, world: Pick<World, 'run'>): readonly Place[] {
  const both: readonly Repository[] = [1, 2]
  return both.map((repository) => {
    const folder = dirname(paths.database.repositories[repository - 1] ?? '')
    const name = folder.replace(/^(https:\/)?\//, '').replaceAll('/', '-')
    return {
      field: repository === 1 ? 'backup.repository' : 'backup.secondRepository',
      folder,
      known: join(state, 'backup', 'places', name),
      storage: storageOf(paths.database, repository, world),
    }
  })
}

/**
 * Throws OperatorError where a repository was seen in its place before, and another one or none is there now: what looks
 * like an empty folder is the place where a disk is not mounted, most likely. A new repository would begin in it.
 */
export async function requirePlaces(
  backups: Pick<Backups, 'state' | 'paths'>,
  world: Pick<World, 'run'>,
): Promise<void> {
  for (const place of placesOf(backups, world)) {
    const [known, seen] = await Promise.all([readText(place.known), place.storage.read(marker)])
    if (known === undefined || known === seen) continue
    const what = seen === undefined ? 'is not there now' : 'is not the one that is there now'
    throw new OperatorError(
      place.field,
      `${place.folder} has held a repository (${known.trim()}), which ${what}: ${isAddress(place.folder) ? 'is it the same bucket' : 'is its disk mounted'}?`,
      [
        isAddress(place.folder)
          ? 'put back what was in it, then edge deploy backup'
          : 'mount it, then edge deploy backup',
        `where it is lost for good, rm ${place.known}: then edge deploy backup begins a new one there`,
      ],
      exit.usage,
    )
  }
}

/** Whether each place has its marker, and it is known here. */
export async function areMarked(
  backups: Pick<Backups, 'state' | 'paths'>,
  world: Pick<World, 'run'>,
): Promise<boolean> {
  const marked = await Promise.all(
    placesOf(backups, world).map(async (place) => {
      const [known, seen] = await Promise.all([readText(place.known), place.storage.read(marker)])
      return known !== undefined && known === seen
    }),
  )
  return marked.every(Boolean)
}

/** Marks each repository with a name of its own; one that has its marker, of an instance that was lost, is known from now on. */
export async function markPlaces(backups: Pick<Backups, 'state' | 'paths'>, world: Pick<World, 'run'>): Promise<void> {
  for (const place of placesOf(backups, world)) {
    if ((await place.storage.read(marker)) === undefined) await place.storage.write(marker, `${randomUUID()}\n`)
    const seen = await place.storage.read(marker)
    await makePrivateDirectory(dirname(place.known))
    if (seen !== undefined && (await readText(place.known)) !== seen) await writeAtomically(place.known, seen)
  }
}

import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'

/** Where a repository lies, and which field of the configuration says so. */
type Place = { readonly field: string; readonly folder: string; readonly known: string }

const markerOf = ({ folder }: Place): string => join(folder, 'edge-repository')

function placesOf({ state, paths }: Pick<Backups, 'state' | 'paths'>): readonly Place[] {
  const fields = ['backup.repository', 'backup.secondRepository']
  return paths.database.repositories.map((path, index) => {
    const folder = dirname(path)
    const known = join(state, 'backup', 'places', folder.slice(1).replaceAll('/', '-'))
    return { field: fields[index] ?? 'backup', folder, known }
  })
}

/**
 * Throws OperatorError where a repository was seen in its place before, and another one or none is there now: what looks
 * like an empty folder is the place where a disk is not mounted, most likely. A new repository would begin in it.
 */
export async function requirePlaces(backups: Pick<Backups, 'state' | 'paths'>): Promise<void> {
  for (const place of placesOf(backups)) {
    const [known, seen] = await Promise.all([readText(place.known), readText(markerOf(place))])
    if (known === undefined || known === seen) continue
    const what = seen === undefined ? 'is not there now' : 'is not the one that is there now'
    throw new OperatorError(
      place.field,
      `${place.folder} has held a repository (${known.trim()}), which ${what}: is its disk mounted?`,
      [
        'mount it, then edge deploy backup',
        `where it is lost for good, rm ${place.known}: then edge deploy backup begins a new one there`,
      ],
      exit.usage,
    )
  }
}

/** Whether each place has its marker, and it is known here. */
export async function areMarked(backups: Pick<Backups, 'state' | 'paths'>): Promise<boolean> {
  const marked = await Promise.all(
    placesOf(backups).map(async (place) => {
      const [known, seen] = await Promise.all([readText(place.known), readText(markerOf(place))])
      return known !== undefined && known === seen
    }),
  )
  return marked.every(Boolean)
}

/** Marks each repository with a name of its own; one that has its marker, of an instance that was lost, is known from now on. */
export async function markPlaces(backups: Pick<Backups, 'state' | 'paths'>): Promise<void> {
  for (const place of placesOf(backups)) {
    if (!(await stat(markerOf(place)).catch(() => undefined)))
      await writeAtomically(markerOf(place), `${randomUUID()}\n`)
    const seen = await readText(markerOf(place))
    await makePrivateDirectory(dirname(place.known))
    if (seen !== undefined && (await readText(place.known)) !== seen) await writeAtomically(place.known, seen)
  }
}

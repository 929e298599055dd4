import type { World } from '../../src/core/world.ts'
import { originOf, snapshotsIn } from '../../src/engines/restic.ts'
import type { Backups } from './backups.ts'
import type { CatalogEntry } from './catalog.ts'
import { listedIn } from './damaged.ts'
import { isGood } from './retention.ts'

/** What of the newest backup is not in the second repository; undefined where all of it is. */
export async function missing(
  backups: Backups,
  newest: CatalogEntry | undefined,
  world: World,
): Promise<string | undefined> {
  if (!newest) return 'there is no backup yet'
  const { database, files, state } = newest
  const listed = await listedIn(backups, 2, world)
  const label = database.labels[1]
  const copy = listed.find((one) => one.label === label)
  if (!copy) return 'the database of the newest backup'
  if (!isGood(copy)) return 'the database of the newest backup, whose copy there is damaged'
  const copies = (await snapshotsIn(world, backups.paths.files[1])).map(originOf)
  const has = (snapshot: string): boolean => copies.some((id) => id.startsWith(snapshot))
  const { path, sftp } = backups.paths.files[1]
  const where = sftp ? ` (${path})` : ''
  if (!has(files.snapshot)) return `the files of the newest backup${where}`
  return state && !has(state.snapshot) ? `the application state of the newest backup${where}` : undefined
}

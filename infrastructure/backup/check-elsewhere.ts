import { broken, type Check, kept, measured, notClaimed } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { backupsIn } from '../../src/engines/pgbackrest.ts'
import { originOf, snapshotsIn } from '../../src/engines/restic.ts'
import { readText } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'
import { type CatalogEntry, readCatalog } from './catalog.ts'
import { fileSystemOf, isRemote } from './file-system.ts'
import { whileEnabled } from './look.ts'

/** Why a place that was another machine's is none any more; `before`: the kinds of file system that it lay on. */
export function lost(path: string, kind: string, before: readonly string[]): string | undefined {
  const was = before.findLast(isRemote)
  return was === undefined || isRemote(kind) ? undefined : `${path} was on ${was}, and is on ${kind} now`
}

/** What of the newest backup is not in the second repository; undefined where all of it is. */
async function missing(backups: Backups, newest: CatalogEntry | undefined, world: World): Promise<string | undefined> {
  if (!newest) return 'there is no backup yet'
  const { database, files, state } = newest
  const listed = await backupsIn(world, backups.paths.database, 2)
  const label = database.labels[1]
  if (label === undefined || !listed.some((one) => one.label === label)) return 'the database of the newest backup'
  const copies = (await snapshotsIn(world, backups.paths.files[1])).map(originOf)
  const has = (snapshot: string): boolean => copies.some((id) => id.startsWith(snapshot))
  if (!has(files.snapshot)) return 'the files of the newest backup'
  return state && !has(state.snapshot) ? 'the application state of the newest backup' : undefined
}

/** A copy of the newest backup, with its files, lies in a repository of another machine. */
export const checkElsewhere: Check<Backups> = whileEnabled(async (backups, world) => {
  const [, path = ''] = backups.paths.database.repositories
  const catalog = await readCatalog(backups.paths.catalog)
  const kind = fileSystemOf(path, (await readText('/proc/mounts')) ?? '')
  const before = catalog.flatMap(({ second }) => (second?.path === path ? [second.fileSystem] : []))
  const isElsewhere = !path.startsWith(`${backups.state}/`)
  const mount = 'is it mounted? then edge backup now copies what is missing there'
  const facts = measured({ fileSystem: kind, newest: catalog.at(-1)?.at ?? 'none' })
  const because = lost(path, kind, before)
  if (because !== undefined) return broken(facts, because, mount)
  const shared = `the second repository (${path}) shares this machine: set backup.secondRepository to a folder of another one`
  if (!isElsewhere && !isRemote(kind)) return notClaimed(shared)
  const what = await missing(backups, catalog.at(-1), world).catch(messageOf)
  if (what !== undefined) return broken(facts, `not in the second repository (${path}): ${what}`, mount)
  return isRemote(kind) ? kept(facts) : notClaimed(shared)
})

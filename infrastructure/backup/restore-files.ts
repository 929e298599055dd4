import { access, readdir, readlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import type { World } from '../../src/core/world.ts'
import { onlyPath, originOf, restic, type Snapshot, snapshotsIn, unlock } from '../../src/engines/restic.ts'
import { makePrivateDirectory } from '../../src/targets/local/files.ts'
import { tags } from './back-up.ts'
import type { Backups, Say } from './backups.ts'
import { type LinksOut, readCatalog } from './catalog.ts'
import { intoFresh } from './into-fresh.ts'
import { linksOutOfCopy } from './links-out.ts'
import { inUtc } from './moment.ts'
import { placeThen } from './moved.ts'
import { amountOf, whileFilling } from './progress.ts'
import { requireRoom } from './room-for.ts'
import { treeDifference } from './tree.ts'
import { readingFrom, type Repository } from './which-repository.ts'

type Wanted = {
  readonly path: string | undefined
  readonly to: Date
  readonly folder: string
  readonly from: Repository
}

export type RestoredFiles = {
  readonly folder: string
  readonly snapshot: string
  readonly of: string
  readonly files: number
  readonly linksOut: LinksOut
}

/** The newest snapshot of a moment. Throws OperatorError where all are younger. */
function snapshotAt(snapshots: readonly Snapshot[], moment: Date): Snapshot {
  const found = snapshots.findLast(({ time }) => Date.parse(time) <= moment.getTime())
  if (found) return found
  const [first] = snapshots
  const hint = first ? `the first one is of ${first.time}` : 'edge backup now makes one'
  throw new OperatorError(
    '--to',
    `no backup of the files is as old as ${inUtc(moment)}`,
    [hint, 'edge backup list'],
    exit.usage,
  )
}

/**
 * Brings files back as they were at a moment, below a folder of their own, and compares them with what was noted of them.
 * `path`: one file or folder, whole or below the state directory; all that is backed up without it.
 */
export const restoreFiles = (backups: Backups, wanted: Wanted, world: World, say: Say): Promise<RestoredFiles> =>
  intoFresh(wanted.folder, world, () => bringBackFiles(backups, wanted, world, say))

async function bringBackFiles(
  { paths, state }: Backups,
  { path, to, folder, from }: Wanted,
  world: World,
  say: Say,
): Promise<RestoredFiles> {
  const repository = paths.files[from === 1 ? 0 : 1]
  await unlock(world, repository)
  const snapshot = snapshotAt(await snapshotsIn(world, repository, tags.files), to)
  const whole = path === undefined ? undefined : placeThen({ state, paths }, snapshot.paths, resolve(state, path))
  const noted = (await readCatalog(paths.catalog)).find(({ files }) => originOf(snapshot).startsWith(files.snapshot))
  // How much one path of it has, nobody noted.
  if (whole === undefined && noted) await requireRoom(folder, { 'the files': noted.files.bytes })
  await makePrivateDirectory(folder)
  const only = whole === undefined ? [] : onlyPath(whole)
  const bytes = whole === undefined ? (noted?.files.bytes ?? 0) : 0
  const tell = amountOf(say, `of ${snapshot.time.slice(0, 19)}`)
  const bring = () => restic(world, repository, ['restore', snapshot.id, '--target', folder, ...only])
  await readingFrom(from, () => whileFilling(folder, bytes, tell, bring, world))
  const isThere = whole === undefined || (await succeeded(access(join(folder, whole))))
  if (!isThere)
    throw new OperatorError(
      'files',
      `${whole} is not in the backup of ${snapshot.time}`,
      ['name a path as it was then', `backed up are: ${snapshot.paths.join(', ')}`],
      exit.usage,
    )
  const uploads = placeThen({ state, paths }, snapshot.paths, join(state, 'uploads'))
  const linksOut = await linksOutOfCopy(folder, uploads, snapshot.paths)
  if (whole !== undefined) await requireNoLink(folder, whole, snapshot)
  say('comparing')
  const hashes = Object.entries(noted?.files.hashes ?? {}).filter(
    ([file]) => whole === undefined || file === whole || file.startsWith(`${whole}/`),
  )
  const difference = hashes.length === 0 ? undefined : await treeDifference(Object.fromEntries(hashes), folder)
  if (difference !== undefined)
    throw new OperatorError('files', `what came back differs: ${difference}`, [
      'edge backup verify',
      'docs/runbooks/backup-failed.md',
    ])
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  ).length
  return { folder, snapshot: snapshot.id.slice(0, 8), of: snapshot.time, files, linksOut }
}

/** Throws OperatorError for a path that is a link itself: nothing came back with it, and what is live is not what it led to. */
async function requireNoLink(folder: string, path: string, { time }: Snapshot): Promise<void> {
  const to = await readlink(join(folder, path)).catch(() => undefined)
  if (to === undefined) return
  const target = resolve(dirname(path), to)
  throw new OperatorError(
    'files',
    `${path} was a link to ${target} in the backup of ${time}, and holds nothing by itself`,
    [`edge restore files ${target} --into DIR brings that back, where it is in the backup`],
    exit.usage,
  )
}

import { constants } from 'node:fs'
import { access, readdir, readlink, rename, rm, rmdir, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { restic, snapshotsIn, unlock } from '../../src/engines/restic.ts'
import { isAddress } from '../../src/engines/s3.ts'
import { makePrivateDirectory, readText, syncFileSystem, writeAtomically } from '../../src/targets/local/files.ts'
import { tags } from './back-up.ts'
import type { Backups, Say } from './backups.ts'
import { configurationOf } from './configuration.ts'
import { requireSameKey } from './key.ts'
import { linksOutOfCopy, sayLinksOut } from './links-out.ts'
import { amountOf, whileFilling } from './progress.ts'
import { replacedFile } from './replaced.ts'
import type { Repository } from './which-repository.ts'

/** Throws OperatorError where a folder has no repository: its disk is not mounted, or the configuration names another. */
export async function requireRepository(folder: string, field: string): Promise<void> {
  // Whether it is there, the first that reads it tells.
  if (isAddress(folder)) return
  const info = join(folder, 'database', 'backup', 'edge', 'backup.info')
  if (await stat(info).catch(() => undefined)) return
  throw new OperatorError(
    field,
    `no repository lies in ${folder}`,
    ['is its disk mounted?', `or set ${field} to the folder where it lies`],
    exit.usage,
  )
}

const mountIt = 'is its disk whole, and mounted so that it can be written?'

/**
 * Throws OperatorError where the engines' user may not read and write in a repository: on a disk that comes from another
 * machine it belongs to the number that this user had there.
 */
export async function requireOpen(folder: string): Promise<void> {
  if (isAddress(folder)) return
  for (const part of ['database', 'files']) {
    const place = join(folder, part)
    const why = await access(place, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => undefined,
      ({ code }: NodeJS.ErrnoException) => code,
    )
    // The files may lie elsewhere.
    if (why === undefined || why === 'ENOENT') continue
    if (why !== 'EACCES' && why !== 'EPERM')
      throw new OperatorError('--from-sheet', `${place} may not be written: ${why}`, mountIt, exit.usage)
    const { username } = userInfo()
    throw new OperatorError(
      '--from-sheet',
      `${folder} may not be read and written by ${username}, who has another number here than where it was made`,
      [`sudo chown -R ${username}: '${folder}'; then the same command once more`],
      exit.usage,
    )
  }
}

/** What is needed to read the repositories, on an instance that has none of it yet. Makes no repository. */
export async function openRepositories({ paths, state }: Backups): Promise<void> {
  const { configuration, lock, spool } = paths.database
  for (const folder of [dirname(configuration), lock, spool, paths.work, paths.catalog])
    await makePrivateDirectory(folder)
  await requireSameKey(paths.database, paths.files, join(state, 'secrets', 'backup'))
  const { path, content } = await configurationOf(paths)
  await writeAtomically(path, content)
}

/**
 * Brings the newest files back to where they belong, on an instance that has none; `before`: the state directory that they
 * were backed up in. Answers of when they are, and what of them is in no backup. Each folder comes as a whole, so a run that
 * was cut off is gone on with.
 */
export async function recoverFiles(
  backups: Backups,
  { from, before }: { readonly from: Repository; readonly before: string },
  world: World,
  say: Say,
): Promise<{ readonly at: string; readonly missing: readonly string[] }> {
  const { paths, folders, state } = backups
  const repository = paths.files[from === 1 ? 0 : 1]
  await unlock(world, repository)
  const newest = (await snapshotsIn(world, repository, tags.files)).at(-1)
  if (!newest)
    throw new OperatorError(
      'files',
      'there is no backup of files in the repository',
      'edge up --from-sheet … --from first',
    )
  const staged = join(state, 'recovered-files')
  await rm(staged, { recursive: true, force: true })
  await makePrivateDirectory(staged)
  const bring = () => restic(world, repository, ['restore', newest.id, '--target', staged])
  // How much it is stands in the catalog, which comes with it.
  await whileFilling(staged, 0, amountOf(say, `of ${newest.time.slice(0, 19)}`), bring, world)
  const stagedOf = (folder: string): string => join(staged, before, basename(folder))
  const links = await linksIn(folders.map(stagedOf))
  const outside = sayLinksOut(await linksOutOfCopy(staged, join(before, 'uploads'), newest.paths))
  for (const folder of folders) await moveInto(stagedOf(folder), folder)
  const catalog = newest.paths.find((path) => basename(path) === 'catalog')
  if (catalog !== undefined) await takeOver(replacedFile(join(staged, catalog)), replacedFile(paths.catalog))
  await syncFileSystem(state, world)
  await rm(staged, { recursive: true, force: true })
  return { at: newest.time.slice(0, 19), missing: [...links, ...(outside === undefined ? [] : [outside])] }
}

/** A run that was cut off may have noted there since that the copy took its place. */
async function takeOver(from: string, to: string): Promise<void> {
  const [noted, known] = await Promise.all([readText(from), readText(to)])
  if (noted !== undefined && known === undefined) await writeAtomically(to, noted)
}

/** A backup of an earlier version holds a link as it is: what it led to is in none, and everything else comes back. */
async function linksIn(folders: readonly string[]): Promise<readonly string[]> {
  const links = folders.map((folder) =>
    readlink(folder).then(
      (to) => [`${basename(folder)} was a link to ${to}, and no file that it led to is in the backup`],
      () => [],
    ),
  )
  return (await Promise.all(links)).flat()
}

/** What is there already came by a run that was cut off. */
async function moveInto(from: string, to: string): Promise<void> {
  if (!(await stat(from).catch(() => undefined))) return
  const there = await readdir(to).catch(() => undefined)
  if (there && there.length > 0) return
  if (there) await rmdir(to)
  await rename(from, to)
}

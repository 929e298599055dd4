import { mkdir, rm, writeFile, readFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Facts } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { dayMs } from '../../src/core/units.ts'
import { backUpFiles, onPacks, type ResticRepository, restic, snapshotsIn, unlock } from '../../src/engines/restic.ts'
import { isOnServer } from '../../src/engines/sftp.ts'
import { makePrivateDirectory } from '../../src/targets/local/files.ts'
import type { Backups, Say } from './backups.ts'
import type { CatalogEntry } from './catalog.ts'
import { expireFiles } from './expire.ts'
import { NotVerified } from './not-verified.ts'
import { amountOf, progressOf, sizeBelow, whileFilling } from './progress.ts'
import { treeDifference } from './tree.ts'

/** Reads all data of the repository, and compares what the newest snapshots bring back with what they were taken of. */
export async function verifyFiles(
  { paths, settings }: Backups,
  { files, state }: CatalogEntry,
  folder: string,
  world: World,
  say: Say,
): Promise<Facts> {
  const [first] = paths.files
  await unlock(world, first)
  await makePrivateDirectory(folder)
  await requireTree(first, files, join(folder, 'files'), world, say)
  if (state) await requireTree(first, state, join(folder, 'state'), world, say)
  const versions = await tryVersions(first, join(folder, 'versions'), settings.files.expiry.milliseconds, world)
  // Plain `check` finds nothing wrong with a flipped byte.
  await readPacks(first, 'files', world, say)
  say('')
  return {
    files: Object.keys(files.hashes).length,
    fileBytes: files.bytes,
    stateExports: state ? Object.keys(state.hashes).length : 0,
    ...versions,
  }
}

/** Reads all data of a repository. Throws OperatorError where it is not as it was written. */
export async function readPacks(repository: ResticRepository, name: string, world: World, say: Say): Promise<void> {
  const stored = isOnServer(repository.path) ? 0 : await sizeBelow(join(repository.path, 'data'))
  const onLine = onPacks(progressOf(say, `reading ${name}`, stored === 0 ? undefined : stored))
  await restic(world, repository, ['check', '--read-data'], { onLine })
}

export async function requireTree(
  repository: ResticRepository,
  { snapshot, hashes, bytes }: CatalogEntry['files'],
  folder: string,
  world: World,
  say: Say,
): Promise<void> {
  const tell = amountOf(say, 'files')
  const bring = () => restic(world, repository, ['restore', snapshot, '--target', folder])
  await whileFilling(folder, bytes, tell, bring, world)
  const difference = await treeDifference(hashes, folder)
  if (difference !== undefined) throw new NotVerified(`a restored file differs: ${difference}`)
}

const tag = 'trial'

/**
 * A file of this trial's own is overwritten and deleted, and its first version restored; then snapshots of it are made that
 * are a day older and a day younger than what is kept, and expiry takes the one and leaves the other.
 */
async function tryVersions(repository: ResticRepository, folder: string, keepMs: number, world: World): Promise<Facts> {
  const file = join(folder, 'file')
  const [one, two] = [randomUUID(), randomUUID()]
  const at = (age: number): Date => new Date(world.now().getTime() - age)
  await mkdir(folder, { recursive: true })
  await writeFile(file, one)
  const [old, young] = [
    await backUpFiles(world, repository, { paths: [folder], tag, at: at(keepMs + dayMs) }),
    await backUpFiles(world, repository, { paths: [folder], tag, at: at(keepMs - dayMs) }),
  ]
  await writeFile(file, two)
  await backUpFiles(world, repository, { paths: [folder], tag })
  await rm(folder, { recursive: true })
  await expireFiles(repository, tag, keepMs, world)
  const left = await idsOf(repository, world)
  const has = (snapshot: string): boolean => left.some((id) => id.startsWith(snapshot))
  if (has(old.snapshot)) throw new NotVerified('a version that is a day too old has not expired')
  if (!has(young.snapshot)) throw new NotVerified('a version that is a day younger than what is kept has expired')
  const back = join(folder, 'back')
  await restic(world, repository, ['restore', young.snapshot, '--target', back])
  const text = await readFile(join(back, file), 'utf8').catch(() => undefined)
  if (text !== one) throw new NotVerified('the earlier version of a file that was overwritten did not come back')
  // Those too that a trial left which was killed.
  await forget(repository, left, world)
  return {
    earlierVersion: 'came back',
    keptDays: keepMs / dayMs,
    expiredAtDays: keepMs / dayMs + 1,
    keptAtDays: keepMs / dayMs - 1,
  }
}

const idsOf = async (repository: ResticRepository, world: World): Promise<readonly string[]> =>
  (await snapshotsIn(world, repository, tag)).map(({ id }) => id)

async function forget(repository: ResticRepository, ids: readonly string[], world: World): Promise<void> {
  if (ids.length > 0) await restic(world, repository, ['forget', ...ids])
}

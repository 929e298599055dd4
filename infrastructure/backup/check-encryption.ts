import { open, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { broken, type Check, kept, measured, type Verdict } from '../../src/core/check.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import type { World } from '../../src/core/world.ts'
import { backupsIn, type PgbackrestPaths } from '../../src/engines/pgbackrest.ts'
import { snapshotsIn } from '../../src/engines/restic.ts'
import { isAddress } from '../../src/engines/s3.ts'
import { isOnServer } from '../../src/engines/sftp.ts'
import { readText } from '../../src/targets/local/files.ts'
import type { Backups } from './backups.ts'
import { whileEnabled } from './look.ts'
import { storageOf } from './storage.ts'
import type { Repository } from './which-repository.ts'

/** What each file of pgBackRest begins with that is encrypted. */
const sealed = 'Salted__'
const wrongKey = 'not the key of these backups'

/** How a repository answers with its key and with another one, and which of its files can be read as they lie. */
async function sealOf({ paths }: Backups, repository: Repository, world: World): Promise<Seal> {
  const files = paths.files[repository === 1 ? 0 : 1]
  const variable = `PGBACKREST_REPO${repository}_CIPHER_PASS`
  const locked: Pick<World, 'run'> = {
    run: (command, options) => world.run(command, { ...options, env: { ...options?.env, [variable]: wrongKey } }),
  }
  const [withKey, without, filesWithKey, filesWithout, plain] = await Promise.all([
    succeeded(backupsIn(world, paths.database, repository)),
    succeeded(backupsIn(locked, paths.database, repository)),
    succeeded(snapshotsIn(world, files)),
    succeeded(snapshotsIn(world, { ...files, key: wrongKey })),
    plainFiles(paths.database, repository, world),
  ])
  return { withKey: withKey && filesWithKey, without: without || filesWithout, ...plain }
}

/** Where the second repository is away, that is another guarantee's matter; nobody can read it here. */
const isThere = ({ paths }: Backups, world: World): Promise<boolean> =>
  storageOf(paths.database, 2, world)
    .has('database/backup/edge/backup.info')
    .catch(() => false)

/** Both repositories open with their key and not with another one, and no file of the database's can be read as it lies. */
export const checkEncryption: Check<Backups> = whileEnabled(async (backups, world) => {
  const repositories: readonly Repository[] = (await isThere(backups, world)) ? [1, 2] : [1]
  const seals = await Promise.all(repositories.map((repository) => sealOf(backups, repository, world)))
  return judgeSeals(seals, await keyBeside(backups))
})

type Seal = { readonly withKey: boolean; readonly without: boolean } & Plain

/** `beside`: a file with the key, where one lies in a repository. */
export function judgeSeals(seals: readonly Seal[], beside: string | undefined): Verdict {
  const looked = seals.reduce((sum, seal) => sum + seal.looked, 0)
  const facts = measured({
    repositories: seals.length,
    openWithKey: seals.filter(({ withKey }) => withKey).length,
    openWithout: seals.filter(({ without }) => without).length,
    looked,
  })
  if (beside !== undefined)
    return broken(
      facts,
      `the key lies in the repository that it opens: ${beside}`,
      `rm ${beside}; keep the key elsewhere`,
    )
  const mend = 'move the repository aside, then edge deploy backup and edge backup now begin an encrypted one'
  if (seals.some(({ without }) => without)) return broken(facts, 'a repository opens with any key', mend)
  if (!seals.every(({ withKey }) => withKey))
    return broken(
      facts,
      'a repository does not open with its own key',
      'is STATE/secrets/backup the file that made it?',
    )
  const [first] = seals.flatMap(({ found }) => found)
  if (first !== undefined) return broken(facts, `${first} lies in the repository and is not encrypted`, mend)
  return looked === 0 ? broken(facts, 'there is nothing to look at', 'edge backup now') : kept(facts)
}

/** A file that holds a key is small. */
const keyBytesAtMost = 64 * 1024

/** A file with the key, where somebody may have put one: beside what the programs write. */
async function keyBeside({ paths }: Backups): Promise<string | undefined> {
  const [{ key }] = paths.files
  for (const { path } of paths.files.filter((repository) => !isOnServer(repository.path)))
    for (const folder of [dirname(path), path]) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      for (const entry of entries.filter((one) => one.isFile())) {
        const file = join(folder, entry.name)
        const size = (await stat(file).catch(() => undefined))?.size ?? 0
        const isSmall = size > 0 && size <= keyBytesAtMost
        if (isSmall && (await readText(file).catch(() => undefined))?.includes(key) === true) return file
      }
    }
  return undefined
}

/** A repository of a year has tens of thousands of files, written by the same program in the same way. */
const looksAtMost = 2000

/** Each costs a request there; what somebody leaves behind by hand is small. */
const asksAtMost = 20

type Plain = { readonly looked: number; readonly found: readonly string[] }

async function plainFiles(paths: PgbackrestPaths, which: Repository, world: World): Promise<Plain> {
  const repository = paths.repositories[which - 1] ?? ''
  return isAddress(repository) ? plainObjects(paths, which, world) : plainBelow(repository)
}

async function plainObjects(paths: PgbackrestPaths, which: Repository, world: World): Promise<Plain> {
  const storage = storageOf(paths, which, world)
  const files = (await storage.list('database')).toSorted((one, other) => one.bytes - other.bytes).slice(0, asksAtMost)
  const plain = await Promise.all(
    files.map(async ({ name }) => (await storage.read(`database/${name}`))?.startsWith(sealed) === false),
  )
  const found = files.filter((_, index) => plain[index]).map(({ name }) => `${paths.repositories[which - 1]}/${name}`)
  return { looked: files.length, found }
}

async function plainBelow(repository: string): Promise<Plain> {
  const entries = await readdir(repository, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).slice(0, looksAtMost)
  const found: string[] = []
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    if ((await beginning(path)) !== sealed) found.push(path)
  }
  return { looked: files.length, found }
}

async function beginning(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined)
  // Expired meanwhile.
  if (!file) return sealed
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sealed.length), 0, sealed.length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

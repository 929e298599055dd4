import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { broken, type Check, kept, measured } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { backupsIn } from '../../src/engines/pgbackrest.ts'
import { snapshotsIn } from '../../src/engines/restic.ts'
import type { Backups } from './backups.ts'
import { whileEnabled } from './look.ts'

/** What each file of pgBackRest begins with that is encrypted. */
const sealed = 'Salted__'
const wrongKey = 'not the key of these backups'

const opens = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )

/** Both repositories open with their key and not with another one, and no file of the database's can be read as it lies. */
export const checkEncryption: Check<Backups> = whileEnabled(async ({ paths }, world) => {
  const [files] = paths.files
  const locked: Pick<World, 'run'> = {
    run: (command, options) =>
      world.run(command, { ...options, env: { ...options?.env, PGBACKREST_REPO1_CIPHER_PASS: wrongKey } }),
  }
  const [withKey, without, filesWithKey, filesWithout, plain] = await Promise.all([
    opens(backupsIn(world, paths.database)),
    opens(backupsIn(locked, paths.database)),
    opens(snapshotsIn(world, files)),
    opens(snapshotsIn(world, { ...files, key: wrongKey })),
    plainFiles(paths.database.repositories[0] ?? ''),
  ])
  const facts = measured({
    databaseOpensWithKey: withKey,
    databaseOpensWithout: without,
    filesOpenWithKey: filesWithKey,
    filesOpenWithout: filesWithout,
    looked: plain.looked,
  })
  const mend = 'move the repository aside, then edge deploy backup and edge backup now begin an encrypted one'
  if (without || filesWithout) return broken(facts, 'a repository opens with any key', mend)
  if (!withKey || !filesWithKey)
    return broken(
      facts,
      'a repository does not open with its own key',
      'is STATE/secrets/backup the file that made it?',
    )
  const [first] = plain.found
  if (first !== undefined) return broken(facts, `${first} lies in the repository and is not encrypted`, mend)
  return plain.looked === 0 ? broken(facts, 'there is nothing to look at', 'edge backup now') : kept(facts)
})

/** A repository of a year has tens of thousands of files, written by the same program in the same way. */
const looksAtMost = 2000

async function plainFiles(repository: string): Promise<{ readonly looked: number; readonly found: readonly string[] }> {
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

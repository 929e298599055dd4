import { stat } from 'node:fs/promises'
import { OperatorError } from '../../src/core/errors.ts'
import type { PgbackrestPaths } from '../../src/engines/pgbackrest.ts'
import type { ResticRepository } from '../../src/engines/restic.ts'
import { isOnServer } from '../../src/engines/sftp.ts'
import { readText } from '../../src/targets/local/files.ts'

/** What tells that something was written with a key: of the database, and of the files. */
const written = (database: PgbackrestPaths, files: readonly ResticRepository[]): readonly string[] => [
  ...database.repositories.map((path) => `${path}/archive/edge/archive.info`),
  ...files.map(({ path }) => `${path}/config`),
]

/**
 * Throws OperatorError where a secret that was lost was made anew, before pgbackrest.conf is written: it holds the last
 * copy of the key that opens what was backed up. `secret`: the file that the key comes from.
 */
export async function requireSameKey(
  database: PgbackrestPaths,
  files: readonly [ResticRepository, ...ResticRepository[]],
  secret: string,
): Promise<void> {
  const { configuration } = database
  const before = /^repo1-cipher-pass=(.+)$/m.exec((await readText(configuration)) ?? '')?.[1]
  if (before === undefined || before === files[0].key) return
  // What lies elsewhere cannot be asked without the key: it is taken to be there.
  const there = await Promise.all(
    written(database, files).map(
      async (path) => isOnServer(path) || (await stat(path).catch(() => undefined)) !== undefined,
    ),
  )
  if (!there.some(Boolean)) return
  throw new OperatorError(
    'backup',
    `${secret} is not the key of these backups; the old one stands in ${configuration} (repo1-cipher-pass)`,
    [
      `sed -n 's/^repo1-cipher-pass=//p' ${configuration} > ${secret}; then edge up`,
      'nothing was overwritten; keep a copy of the key on another machine',
    ],
  )
}

import type { RenderedFile } from '../../src/core/plan.ts'
import { pgbackrestConfiguration } from '../../src/engines/pgbackrest.ts'
import { readCredentials } from '../../src/engines/s3.ts'
import type { BackupPaths } from './paths.ts'

/** `pgbackrest.conf`, with the credentials of S3 as their file has them now. Throws OperatorError where it has none. */
export async function configurationOf({
  database,
  files,
}: Pick<BackupPaths, 'database' | 'files'>): Promise<RenderedFile> {
  const credentials = database.s3 && (await readCredentials(database.s3))
  return { path: database.configuration, content: pgbackrestConfiguration(database, files[0].key, credentials) }
}

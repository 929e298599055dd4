import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { isAddress, readCredentials } from '../../src/engines/s3.ts'
import { requireSftpFiles } from '../../src/engines/sftp.ts'
import type { Backups } from './backups.ts'

/**
 * Throws OperatorError where the folder above a configured repository is not there: a disk that is not mounted, most
 * likely. The repository would be made on this machine's own disk, and be lost with it. Of one in S3, where there are no
 * credentials for it; of one over SFTP, where there is no key.
 */
export async function requireAbove({ state, settings }: Pick<Backups, 'state' | 'settings'>): Promise<void> {
  if (settings.s3) await readCredentials(settings.s3)
  if (settings.sftp) await requireSftpFiles(settings.sftp)
  for (const field of ['repository', 'secondRepository'] as const) {
    const folder = settings[field]
    if (folder === undefined || folder.startsWith(`${state}/`) || isAddress(folder)) continue
    const above = dirname(folder)
    const isThere = await stat(above).then(
      (info) => info.isDirectory(),
      () => false,
    )
    if (isThere) continue
    throw new OperatorError(
      `backup.${field}`,
      `${folder} cannot be made: there is no folder ${above}`,
      `mount the disk that it lies on, or mkdir -p '${above}' where it is meant to lie on this one; then edge deploy backup`,
      exit.usage,
    )
  }
}

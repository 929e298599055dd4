import { access, constants, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { inShell } from '../../src/core/path-signs.ts'
import { succeeded } from '../../src/core/succeeded.ts'
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
    if (isThere) {
      await requireOurs(`backup.${field}`, folder)
      continue
    }
    throw new OperatorError(
      `backup.${field}`,
      `${folder} cannot be made: there is no folder ${above}`,
      `mount the disk that it lies on, or mkdir -p '${above}' where it is meant to lie on this one; then edge deploy backup`,
      exit.usage,
    )
  }
}

/** A disk is mounted by root, and what is on it belongs to root. */
async function requireOurs(field: string, folder: string): Promise<void> {
  const isMade = await stat(folder).then(
    () => true,
    () => false,
  )
  const mayWrite = await succeeded(access(isMade ? folder : dirname(folder), constants.W_OK | constants.X_OK))
  if (mayWrite) return
  const { username } = userInfo()
  throw new OperatorError(
    field,
    `${folder} cannot be ${isMade ? 'written' : 'made'} by ${username}, whom the engines run as`,
    `sudo install -d -o ${username} -m 700 ${inShell(folder)}; then edge deploy backup`,
    exit.usage,
  )
}

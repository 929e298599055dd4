import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { Backups } from './backups.ts'

/**
 * Throws OperatorError where the folder above a configured repository is not there: a disk that is not mounted, most
 * likely. The repository would be made on this machine's own disk, and be lost with it.
 */
export async function requireAbove({ state, settings }: Pick<Backups, 'state' | 'settings'>): Promise<void> {
  for (const field of ['repository', 'secondRepository'] as const) {
    const folder = settings[field]
    if (folder === undefined || folder.startsWith(`${state}/`)) continue
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

import { stat } from 'node:fs/promises'
import { OperatorError } from '../../src/core/errors.ts'
import type { Backups } from './backups.ts'
import { tracesOf } from './paths.ts'

export const notDeployed = 'backups were never deployed here: nothing is backed up, and no log is kept'
export const deployThem = 'edge deploy backup'

/** Whether this room was ever deployed: the same is asked for each segment of the log, see archiveCommand. */
export async function isDeployed({ state, paths }: Pick<Backups, 'state' | 'paths'>): Promise<boolean> {
  const seen = await Promise.all(tracesOf(state, paths).map((path) => stat(path).catch(() => undefined)))
  return seen.some((info) => info !== undefined)
}

/** Throws OperatorError where this room was never deployed. */
export async function requireDeployed(backups: Pick<Backups, 'state' | 'paths'>): Promise<void> {
  if (!(await isDeployed(backups))) throw new OperatorError('backup', notDeployed, deployThem)
}

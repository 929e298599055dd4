import { statfs } from 'node:fs/promises'
import { OperatorError } from '../../src/core/errors.ts'
import { isAddress } from '../../src/engines/s3.ts'

/** Room for one segment of the log: with less, nothing is archived any more. */
const leastBytes = 16 * 2 ** 20
const says = 'the disk of the repository is full'

/** What failed on a repository whose disk is full failed by that, whatever the program says that met it. */
export async function becauseFull(repository: string, error: unknown): Promise<unknown> {
  if (!(error instanceof OperatorError) || isAddress(repository) || error.message.includes(says)) return error
  const free = await statfs(repository).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  )
  if (free >= leastBytes) return error
  const what = `${says} (${Math.floor(free / 2 ** 20)} MB are free): ${error.message}`
  return new OperatorError(error.where, what, ['docs/runbooks/disk-full.md', ...error.hints])
}

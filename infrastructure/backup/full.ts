import { statfs } from 'node:fs/promises'
import { OperatorError } from '../../src/core/errors.ts'
import { isAddress } from '../../src/engines/s3.ts'

/** Room for one segment of the log: with less, nothing is archived any more. */
const leastBytes = 16 * 2 ** 20
const says = 'the disk of the repository is full'

const runbook = 'docs/runbooks/disk-full.md'

/** How many MB are left where that is too little; undefined where there is room, or where nobody can say. */
export async function fullWith(repository: string): Promise<number | undefined> {
  if (isAddress(repository)) return undefined
  const free = await statfs(repository).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  )
  return free >= leastBytes ? undefined : Math.floor(free / 2 ** 20)
}

/** What failed on a repository whose disk is full failed by that, whatever the program says that met it. */
export async function becauseFull(repository: string, error: unknown): Promise<unknown> {
  if (!(error instanceof OperatorError)) return error
  const isSaid = error.message.includes(says)
  const free = isSaid ? undefined : await fullWith(repository)
  if (!isSaid && free === undefined) return error
  const what = isSaid ? error.message : `${says} (${free} MB are free): ${error.message}`
  return new OperatorError(error.where, what, [...new Set([runbook, ...error.hints])])
}

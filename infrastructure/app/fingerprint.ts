import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import { hashOfPath } from '../../src/targets/local/files.ts'

/** One hash over the contents and the names of files and folders; `more` counts as well. Throws OperatorError for a missing one. */
export async function fingerprintOfSources(
  directory: string,
  sources: readonly string[],
  more: unknown,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more))
  for (const source of sources) {
    const path = resolve(directory, source)
    const found = await hashOfPath(path)
    if (found === undefined)
      throw new OperatorError('site', `${path} is not there`, 'is it named rightly in `sources`?')
    hash.update(found)
  }
  return hash.digest('hex')
}

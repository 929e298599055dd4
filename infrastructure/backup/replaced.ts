import { join } from 'node:path'
import { z } from 'zod'
import { makePrivateDirectory, parsedJson, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { Replaced } from './timeline.ts'

const schema = z.object({ to: z.number(), at: z.number(), from: z.number() })

/** Beside the catalog, and so in every backup: without it nobody can tell which timeline was live at which moment. */
export const replacedFile = (catalog: string): string => join(catalog, 'replaced.ndjson')

/** Every time that a restored copy took the place of the database, oldest first. Throws OperatorError for a damaged line. */
export async function replacedIn(catalog: string): Promise<readonly Replaced[]> {
  const lines = ((await readText(replacedFile(catalog))) ?? '').split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const replaced = parsedJson(line, schema)
    if (replaced) return replaced
    throw new OperatorError('backup', `${replacedFile(catalog)} is damaged: ${line}`, [
      'edge restore files brings it back from the newest backup',
    ])
  })
}

/** Notes one more; does nothing where it is noted already. */
export async function noteReplaced(catalog: string, replaced: Replaced): Promise<void> {
  const known = await replacedIn(catalog)
  if (known.some(({ at }) => at === replaced.at)) return
  await makePrivateDirectory(catalog)
  const all = [...known, replaced].toSorted((one, other) => one.at - other.at)
  await writeAtomically(replacedFile(catalog), all.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

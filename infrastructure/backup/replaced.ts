import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
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

const write = (catalog: string, all: readonly Replaced[]): Promise<void> =>
  writeAtomically(
    replacedFile(catalog),
    all
      .toSorted((one, other) => one.at - other.at)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
  )

/** Notes one more; does nothing where it is noted already. */
export async function noteReplaced(catalog: string, replaced: Replaced): Promise<void> {
  const known = await replacedIn(catalog)
  if (known.some(({ at }) => at === replaced.at)) return
  await makePrivateDirectory(catalog)
  await write(catalog, [...known, replaced])
}

/**
 * Takes over what stands in the catalogs of other first repositories: whoever begins a new one, as the one before is
 * damaged, has the same database, and its timelines.
 */
export async function takeOverReplaced(catalog: string): Promise<void> {
  const noted = dirname(dirname(catalog))
  const names = await readdir(noted).catch((): string[] => [])
  const known = await replacedIn(catalog)
  // A note of a repository that nobody uses any more, and that nobody can read, must not keep the site down.
  const notesOf = (name: string) =>
    replacedIn(join(noted, name, basename(catalog))).catch((error: unknown): readonly Replaced[] => {
      if (error instanceof OperatorError) return []
      throw error
    })
  const others = await Promise.all(names.map(notesOf))
  const all = new Map([...others.flat(), ...known].map((one) => [one.at, one]))
  if (all.size > known.length) await write(catalog, [...all.values()])
}

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { OperatorError } from '../../core/errors.ts'
import type { Rotation } from '../../core/instance.ts'
import { parsedJson, readText, writeAtomically } from './files.ts'

const named = z.record(z.string(), z.string())
const schema = z.object({
  // `over`: nothing is left but to close the spare way.
  stage: z.enum(['aside', 'back', 'over']),
  spare: z.string(),
  before: named,
  after: named,
})

/** How far a replacement of secrets has come. */
export type RotationFile = z.output<typeof schema>

const fileOf = (state: string): string => join(state, 'secrets', 'rotation')

/** The replacement that was begun and is not at its end; undefined where there is none. Throws OperatorError. */
export async function readRotation(state: string): Promise<RotationFile | undefined> {
  const text = await readText(fileOf(state))
  if (text === undefined) return undefined
  const found = parsedJson(text, schema)
  if (found) return found
  throw new OperatorError('secrets', `${fileOf(state)} is damaged`, [
    'it was written whole by edge: put it back from a backup of this folder',
  ])
}

/** From here on this is what counts: what is killed goes on from the newest that was written. */
export const writeRotation = (state: string, rotation: RotationFile): Promise<void> =>
  writeAtomically(fileOf(state), `${JSON.stringify(rotation)}\n`)

/** With what those that were killed have left: a secret that they were just writing. */
export async function endRotation(state: string): Promise<void> {
  const folder = join(state, 'secrets')
  const left = (await readdir(folder)).filter((name) => /^\.[0-9a-f]+\.new$/.test(name))
  for (const name of left) await rm(join(folder, name), { force: true })
  await rm(fileOf(state), { force: true })
}

/** The secrets that count, of those that are being replaced. */
export const inForce = (rotation: RotationFile | undefined): Readonly<Record<string, string>> =>
  rotation ? (rotation.stage === 'aside' ? rotation.before : rotation.after) : {}

/** What rooms see of it. */
export function rotationOf(file: RotationFile | undefined): Rotation | undefined {
  if (!file || file.stage === 'over') return undefined
  return { ...file, stage: file.stage }
}

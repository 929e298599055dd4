import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Instance } from '../../core/instance.ts'
import { makePrivateDirectory, readText, writeAtomically } from './files.ts'
import { inForce, readRotation } from './rotation.ts'

/** 256 bits, in letters that need no quoting in a URL, an INI file or a shell. */
export const newSecret = (): string => randomBytes(32).toString('base64url').replaceAll(/[-_]/g, 'x')

/** Reads the instance's secrets and makes those that are missing; each in a file of its own with mode 0600. */
export async function ensureSecrets(
  state: string,
  names: readonly string[],
): Promise<{ secrets: Instance['secrets']; generated: number }> {
  const directory = join(state, 'secrets')
  await makePrivateDirectory(directory)
  const found = await readSecrets(state, names)
  const missing = names.filter((name) => found[name] === undefined)
  const made = Object.fromEntries(missing.map((name) => [name, newSecret()]))
  await writeSecrets(state, made)
  return { secrets: { ...found, ...made }, generated: missing.length }
}

export async function writeSecrets(state: string, secrets: Instance['secrets']): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) await writeAtomically(join(state, 'secrets', name), `${value}\n`)
}

/** The secrets that there are, of those that are being replaced the ones that count; an instance that was never up has none. */
export async function readSecrets(state: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(
    names.map(async (name) => [name, (await readText(join(state, 'secrets', name)))?.trim()] as const),
  )
  const found = Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])))
  return { ...found, ...inForce(await readRotation(state)) }
}

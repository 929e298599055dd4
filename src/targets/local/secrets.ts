import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type SecretName, secretNames, type Secrets } from '../../core/instance.ts'
import { makePrivateDirectory, readText, writeAtomically } from './files.ts'

/** 256 bits, in letters that need no quoting in a URL, an INI file or a shell. */
const newSecret = (): string => randomBytes(32).toString('base64url').replaceAll(/[-_]/g, 'x')

/** Reads the instance's secrets and makes those that are missing; each in a file of its own with mode 0600. */
export async function ensureSecrets(state: string): Promise<{ secrets: Secrets; generated: number }> {
  const directory = join(state, 'secrets')
  await makePrivateDirectory(directory)
  const found = await readSecrets(state)
  const missing = secretNames.filter((name) => found[name] === undefined)
  const made = Object.fromEntries(missing.map((name) => [name, newSecret()]))
  for (const [name, value] of Object.entries(made)) await writeAtomically(join(directory, name), `${value}\n`)
  // Every name is in one of the two: found, or made because it was missing.
  return { secrets: { ...found, ...made } as Secrets, generated: missing.length }
}

/** The secrets that there are; an instance that was never up has none. */
export async function readSecrets(state: string): Promise<Partial<Record<SecretName, string>>> {
  const entries = await Promise.all(
    secretNames.map(async (name) => [name, (await readText(join(state, 'secrets', name)))?.trim()] as const),
  )
  return Object.fromEntries(entries.filter(([, value]) => value))
}

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Instance } from '../../../src/core/instance.ts'
import { readJson, writeAtomically } from '../../../src/targets/local/files.ts'
import type { SiteSettings } from '../settings.ts'
import { apiLayout, ownFingerprint } from './layout.ts'

const contractionSchema = z.object({
  at: z.string(),
  /** The API release whose migrations it was. */
  api: z.string(),
  /** What they took away: `public.notes.text`. */
  names: z.array(z.string()),
  /** The fingerprints of the programs from before, which may ask for it: published again, they still do. */
  older: z.array(z.string()),
})
type Contraction = Readonly<z.output<typeof contractionSchema>>

type Where = Pick<Instance, 'state' | 'directory'>

const contractions = async (state: string): Promise<readonly Contraction[]> =>
  (await readJson(apiLayout(state).contractions, z.array(contractionSchema))) ?? []

/** Writes down what an API's migrations took away of the schema, and which programs there were before. */
export async function noteContraction(
  { state, directory }: Where,
  site: SiteSettings,
  { at, api, names }: Pick<Contraction, 'at' | 'api' | 'names'>,
): Promise<void> {
  const manifests = await apiLayout(state).shelf.whole()
  const contracting = manifests.find(({ id }) => id === api)?.fingerprint
  const programs = new Set(manifests.map(({ fingerprint }) => fingerprint).filter((one) => one !== contracting))
  const older = [...programs, await ownFingerprint(directory, site)]
  const path = apiLayout(state).contractions
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeAtomically(path, `${JSON.stringify([...(await contractions(state)), { at, api, names, older }])}\n`)
}

/** What was taken away of the schema since an API was there; without an id it is the configuration's own. */
export async function takenSince(
  { state, directory }: Where,
  site: SiteSettings,
  api: string | undefined,
): Promise<readonly string[]> {
  const noted = await contractions(state)
  if (noted.length === 0) return []
  const program =
    api === undefined ? await ownFingerprint(directory, site) : (await apiLayout(state).shelf.read(api))?.fingerprint
  const since = noted.filter(({ older }) => program !== undefined && older.includes(program))
  return [...new Set(since.flatMap(({ names }) => names))]
}

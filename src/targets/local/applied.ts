import { join } from 'node:path'
import type { Instance } from '../../core/instance.ts'
import type { Engine } from '../../core/plan.ts'
import { fingerprint, hashOfPath, readText, writeAtomically } from './files.ts'
import { serviceFiles, supervisorPaths } from './s6.ts'

/** The file of its stamp: as old as its last start or reload. */
export const stampPath = (state: string, engine: string): string => join(state, 'run', 'applied', engine)

/** What an engine runs with: another text after each change of its command, its files or its sources. */
export const appliedStamp = (state: string, engine: string): Promise<string | undefined> =>
  readText(stampPath(state, engine))

/** What the stamp of an engine is once it runs with what there is now. */
export async function stampOf(engine: Engine, instance: Instance): Promise<string> {
  const watched = await Promise.all((engine.watches ?? []).map(hashOfPath))
  return fingerprint([serviceFiles(engine, supervisorPaths(instance.state)), engine.files, watched])
}

export async function writeStamp(engine: Engine, instance: Instance): Promise<void> {
  await writeAtomically(stampPath(instance.state, engine.name), await stampOf(engine, instance))
}

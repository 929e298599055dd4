import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instance } from '../../core/instance.ts'
import type { Engine } from '../../core/plan.ts'
import { fingerprint, hashOfPath, readText, writeAtomically } from './files.ts'
import { serviceFiles, supervisorPaths } from './s6.ts'

const stampPath = (state: string, engine: string): string => join(state, 'run', 'applied', engine)

/** What an engine runs with: another text after each change of its command, its files or its sources. */
export const appliedStamp = (state: string, engine: string): Promise<string | undefined> =>
  readText(stampPath(state, engine))

/** When an engine was started, or took over its files, for the last time; undefined before the first one. */
export const takenOverAt = (state: string, engine: string): Promise<Date | undefined> =>
  stat(stampPath(state, engine)).then(
    ({ mtime }) => mtime,
    () => undefined,
  )

/** What the stamp of an engine is once it runs with what there is now. */
export async function stampOf(engine: Engine, instance: Instance): Promise<string> {
  const watched = await Promise.all((engine.watches ?? []).map(hashOfPath))
  return fingerprint([serviceFiles(engine, supervisorPaths(instance.state)), engine.files, watched])
}

export async function writeStamp(engine: Engine, instance: Instance): Promise<void> {
  await writeAtomically(stampPath(instance.state, engine.name), await stampOf(engine, instance))
}

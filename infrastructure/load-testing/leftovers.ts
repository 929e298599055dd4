import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { k6Files } from '../../src/engines/k6.ts'

export const runFileName = 'run.json'

/** What a run removes at its end, and one that was killed could not: what k6 was told, with the test password. */
export async function removeLeftovers(folder: string): Promise<void> {
  const runs = await readdir(folder).catch(() => [])
  for (const run of runs) {
    for (const name of [runFileName, k6Files.recording]) await rm(join(folder, run, name), { force: true })
  }
}

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sendSignal } from '../../src/core/process.ts'
import { k6Files } from '../../src/engines/k6.ts'
import { k6Below } from './processes.ts'

export const runFileName = 'run.json'

/**
 * Takes away what a run that was killed could not: its k6, which goes on for as long as its scenario takes and would be
 * measured with the next run; and what that was told, with the test password. Whoever calls this holds the lock of runs.
 * @param folder the folder of all runs
 */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const pid of k6Below(folder)) endAtOnce(pid)
  const runs = await readdir(folder).catch(() => [])
  for (const run of runs) {
    for (const name of [runFileName, k6Files.recording]) await rm(join(folder, run, name), { force: true })
  }
}

function endAtOnce(pid: number): void {
  try {
    sendSignal(pid, 'SIGKILL')
  } catch {
    // It has ended since.
  }
}

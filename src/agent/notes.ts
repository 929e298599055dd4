import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { isAtWorkBy } from '../core/drill-at-work.ts'
import type { AgentSettings } from './settings.ts'

type Note = NonNullable<AgentSettings['notes']>[number]

/**
 * Has taken back what a command has noted that was killed: alone, or together with the process that held it. Asks no
 * database: one that waits for just that would not answer.
 */
export async function watchNote(
  { note, looksEveryMs }: Note,
  takeBack: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let before = false; !signal.aborted;) {
    const noted = await readFile(note, 'utf8').catch(() => undefined)
    const forgotten = noted !== undefined && !isAtWorkBy(noted)
    // Once may be one that ends just now.
    if (forgotten && before) await takeBack()
    before = forgotten
    await wait(looksEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

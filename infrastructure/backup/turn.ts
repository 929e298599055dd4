import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import type { Backups, Say } from './backups.ts'

const pollMs = 1000

/** What a verb works on. */
export type Session = { readonly backups: Backups; readonly world: World }

/**
 * Does work on the repositories while nobody else does: a backup that comes while another one is made, or while a copy is
 * restored, waits for its turn. Ctrl-C ends the waiting.
 */
export async function inBackupTurn<Result>(
  { backups: { state }, world }: Session,
  verb: string,
  task: { readonly say: Say },
  work: () => Promise<Result>,
): Promise<Result> {
  let release: (() => Promise<void>) | undefined
  while (!release) {
    release = await lockInstance(state, verb, world.now(), 'backup.lock').catch((error: unknown) => {
      if (!(error instanceof OperatorError) || !error.message.includes('is at work')) throw error
      task.say(`waits: ${error.message}`)
      return undefined
    })
    if (!release) await world.sleep(pollMs)
  }
  try {
    return await work()
  } finally {
    await release()
  }
}

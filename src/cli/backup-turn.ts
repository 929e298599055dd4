import type { World } from '../core/world.ts'
import { OperatorError } from '../core/errors.ts'
import { lockInstance } from '../targets/local/lock.ts'
import type { Task } from './screen/progress.ts'

const pollMs = 1000

/**
 * Does work on the repositories while nobody else does: a backup that comes while another one is made, or while a copy is
 * restored, waits for its turn. Ctrl-C ends the waiting.
 */
export async function inBackupTurn<Result>(
  { instance: { state }, world }: { readonly instance: { readonly state: string }; readonly world: World },
  verb: string,
  task: Pick<Task, 'say'>,
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

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ownNode } from '../../src/core/process.ts'

type Held = {
  /** Lets go, and answers how the program ended: one that failed, or was killed, may have put nothing back. */
  readonly release: () => Promise<'ended' | 'failed'>
}

/**
 * Starts a program of this folder that holds something until its standard input ends: if this process is killed, the pipe
 * between them closes, and it lets go. It reads its order as one line, and says `says` when it holds. Answers `ended` or
 * `failed` where it did not come that far.
 */
export async function held(program: string, order: object, says: string): Promise<Held | 'ended' | 'failed'> {
  const child = spawn(ownNode, [join(import.meta.dirname, program)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C in a terminal is for this process, which then lets go.
    detached: true,
  })
  const ended = once(child, 'close').then(() => (child.exitCode === 0 ? 'ended' : 'failed'))
  // It has ended by itself: what it could not do shows in what it said.
  child.stdin.on('error', () => undefined)
  // Not in its arguments, which everybody on the machine can read.
  child.stdin.write(`${JSON.stringify(order)}\n`)
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line))
  const first = await Promise.race([said, ended])
  const release = async (): Promise<'ended' | 'failed'> => {
    child.stdin.end()
    return ended
  }
  return first === says ? { release } : release()
}

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { readText, writeAtomically } from './files.ts'

const answerWithinMs = 5000

/**
 * Holds the instance for one changing command at a time. The lock is the kernel's, held by a child that lives on a
 * pipe from this process: it is free again at once after any end, `kill -9` as well.
 */
export async function lockInstance(
  state: string,
  verb: string,
  now: Date,
  /** What is locked: changing the instance, or loading it. */
  name = 'lock',
): Promise<() => Promise<void>> {
  const path = join(state, 'run', name)
  const holder = spawn('flock', ['--nonblock', '--conflict-exit-code', '75', path, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C on the terminal goes to the whole group; the lock must outlive the clean-up.
    detached: true,
  })
  const ended = new Promise<number | null>((resolve) => holder.once('close', resolve))
  const locked = new Promise<'locked'>((resolve) => holder.stdout.once('data', () => resolve('locked')))
  holder.stdin.on('error', () => undefined)
  // `cat` answers only when it was started, and it is started only with the lock.
  holder.stdin.write('locked\n')
  const timeout = new Promise<'silent'>((resolve) => setTimeout(resolve, answerWithinMs, 'silent').unref())
  const outcome = await Promise.race([locked, ended, timeout])
  if (outcome !== 'locked') {
    holder.stdin.end()
    throw await atWork(path)
  }
  await writeAtomically(`${path}.holder`, `edge ${verb} (pid ${process.pid}, since ${now.toISOString()})\n`)
  return async () => {
    holder.stdin.end()
    await ended
  }
}

async function atWork(path: string): Promise<OperatorError> {
  const who = (await readText(`${path}.holder`))?.trim() ?? 'another command'
  return new OperatorError(
    'lock',
    `${who} is at work on this instance`,
    'wait for its end, or end it, then run this again',
  )
}

/** Throws like lockInstance where another command holds the instance; before there is one, nobody does. */
export async function assertUnlocked(state: string, world: World): Promise<void> {
  const path = join(state, 'run', 'lock')
  if ((await readText(path)) === undefined) return
  const ran = await world.run(['flock', '--nonblock', '--conflict-exit-code', '75', path, 'true'])
  if (ran.code === 75) throw await atWork(path)
}

import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { OperatorError } from '../../core/errors.ts'
import { isAlive, ownPid } from '../../core/process.ts'
import type { World } from '../../core/world.ts'
import { readText, writeAtomically } from './files.ts'

const answerWithinMs = 5000
/** What flock ends with where another command has the lock. */
const held = 75

/** The agent puts a step right now and then, or renews a certificate: whoever comes meanwhile waits for it. */
const agentEndsWithinSeconds = 180
/** Whoever takes the lock writes down who it is a moment later: until then it may be the agent. */
const namedWithinSeconds = 2
const isAgent = (holder: string | undefined): boolean => /^edge (heal|renew) /.test(holder ?? '')

/**
 * Holds the instance for one changing command at a time. Throws OperatorError where another one is at work that an
 * operator began.
 */
export async function lockInstance(
  state: string,
  verb: string,
  now: Date,
  /** What is locked: changing the instance, or loading it. */
  name = 'lock',
): Promise<() => Promise<void>> {
  const path = join(state, 'run', name)
  const free = await take(path, 0)
  const taken = free === 'held' ? await take(path, await patience(path)) : free
  if (taken === 'held') throw await atWork(path)
  const holder = `edge ${verb} (pid ${ownPid}, since ${now.toISOString()})\n`
  // On a full disk it has no name, and counts all the same: `rollback`, `down` and `destroy` are what is needed there.
  await writeAtomically(`${path}.holder`, holder).catch(() => undefined)
  return taken
}

/**
 * Does a short piece of work that must not meet another one of its kind, whichever commands they belong to. Throws
 * OperatorError where the other one does not end within the time.
 */
export async function withLock<Result>(
  path: string,
  waitSeconds: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const taken = await take(path, waitSeconds)
  if (taken === 'held') {
    throw new OperatorError('lock', `${path} is held for longer than ${waitSeconds} s`, 'edge status; run this again')
  }
  try {
    return await work()
  } finally {
    await taken()
  }
}

/**
 * Takes a lock and answers how to give it back. It is the kernel's, held by a child that lives on a pipe from this
 * process: it is free again at once after any end, `kill -9` as well.
 */
async function take(path: string, waitSeconds: number): Promise<'held' | (() => Promise<void>)> {
  const holder = spawn('flock', ['--timeout', String(waitSeconds), '--conflict-exit-code', String(held), path, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C on the terminal goes to the whole group; the lock must outlive the clean-up.
    detached: true,
  })
  const ended = new Promise<number | null>((resolve) => holder.once('close', resolve))
  const locked = new Promise<'locked'>((resolve) => holder.stdout.once('data', () => resolve('locked')))
  holder.stdin.on('error', () => undefined)
  // `cat` answers only when it was started, and it is started only with the lock.
  holder.stdin.write('locked\n')
  const timeout = new Promise<'silent'>((resolve) =>
    setTimeout(resolve, waitSeconds * 1000 + answerWithinMs, 'silent').unref(),
  )
  const outcome = await Promise.race([locked, ended, timeout])
  if (outcome === 'locked') {
    return async () => {
      holder.stdin.end()
      await ended
    }
  }
  holder.stdin.end()
  if (outcome === held) return 'held'
  const what = outcome === 'silent' ? `did not answer within ${answerWithinMs / 1000} s` : `ended with ${outcome}`
  throw new OperatorError('lock', `flock ${path} ${what}`, `ls -l ${dirname(path)}: whose is it, and is it there?`)
}

/** Seconds that a held lock is waited for. */
async function patience(path: string): Promise<number> {
  const holder = await holderOf(path)
  return holder === undefined ? namedWithinSeconds : isAgent(holder) ? agentEndsWithinSeconds : 0
}

/** Who holds the lock, in words; undefined where the one before is still named, which ended (or was killed). */
async function holderOf(path: string): Promise<string | undefined> {
  const text = (await readText(`${path}.holder`).catch(() => undefined))?.trim()
  const pid = /\(pid (\d+),/.exec(text ?? '')?.[1]
  return pid !== undefined && isAlive(Number(pid)) ? text : undefined
}

async function atWork(path: string): Promise<OperatorError> {
  const who = (await holderOf(path)) ?? 'another command'
  return new OperatorError(
    'lock',
    `${who} is at work on this instance`,
    'wait for its end, or end it, then run this again',
  )
}

/** Throws like lockInstance where another command holds the instance; before there is one, nobody does. */
export async function assertUnlocked(state: string, world: World, name = 'lock'): Promise<void> {
  const path = join(state, 'run', name)
  if ((await readText(path)) === undefined) return
  const ran = await world.run(['flock', '--nonblock', '--conflict-exit-code', String(held), path, 'true'])
  if (ran.code === held && (await patience(path)) === 0) throw await atWork(path)
}

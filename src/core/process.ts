import { readFileSync } from 'node:fs'

/** The number of this process. */
export const ownPid = process.pid

/** The Node that runs it. */
export const ownNode = process.execPath

/** Its user and group at this moment: it may have given up root since it began. Undefined where a system has none. */
export const ownUid = (): number | undefined => process.getuid?.()
export const ownGid = (): number | undefined => process.getgid?.()

/** Sends a signal to a process, or to a group of them. Throws where there is none. */
export const sendSignal = (pid: number, signal: string): void => void process.kill(pid, signal)

/** The same, but that one which has ended by itself meanwhile needs none. */
export function signalIfThere(pid: number, signal: string): void {
  try {
    sendSignal(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Whether a process of that number runs; one of another user does, although it cannot be signalled. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * When a process was started, in the kernel's ticks since the machine was: a number that is used again has another one, and
 * whoever sets the clock changes none. Undefined where there is no such process.
 */
export function startOf(pid: number): string | undefined {
  try {
    // Field 22; the name of the program, in brackets, may hold spaces.
    return /^.*\) (?:\S+ ){19}(\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/**
 * Tells whoever started this program. They may have been killed a moment ago, and an answer that nobody reads must not end one
 * that has to put something back first.
 */
export function tellStarter(word: string): void {
  process.stdout.on('error', () => undefined)
  process.stdout.write(`${word}\n`)
}

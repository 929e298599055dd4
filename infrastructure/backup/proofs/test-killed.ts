import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { project, type TestInstance } from '../../../test/instance.ts'

/** A verb at work, with all that it started. */
export type Begun = {
  /** Waits until it says something. */
  readonly says: (line: RegExp) => Promise<void>
  /** Settles when it has ended. */
  readonly ended: Promise<void>
  /** Kills it, and answers whether it was still at work. */
  readonly kill: () => Promise<boolean>
}

/** Begins a verb in a group of its own: what it started is killed with it, as by a power cut. */
export function begin(instance: TestInstance, verb: string, ...words: readonly string[]): Begun {
  const child = spawn(join(project, 'edge'), [verb, '--config', instance.file, ...words], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })
  return {
    says: (line) =>
      new Promise((resolve) => {
        lines.on('line', (text) => {
          if (line.test(text)) resolve()
        })
      }),
    ended,
    kill: async () => {
      const isAtWork = child.exitCode === null
      if (isAtWork) process.kill(-(child.pid ?? 0), 'SIGKILL')
      await ended
      return isAtWork
    },
  }
}

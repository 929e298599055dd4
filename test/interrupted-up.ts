import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { project, TestInstance } from './instance.ts'

/** One `edge up` that is cut off, so many ms after its start. */
export type Cut = { readonly signal: 'SIGINT' | 'SIGKILL'; readonly afterMs: number }

/**
 * A random moment of a run from nothing, which takes 15 s and more. Ctrl-C comes after the first second: before that the
 * program is still being loaded, and ends as any other would.
 */
export const cutAt = (signal: Cut['signal']): Cut => {
  const [from, to] = signal === 'SIGINT' ? [1000, 7000] : [0, 10_000]
  return { signal, afterMs: Math.round(from + Math.random() * (to - from)) }
}

/** Cuts `edge up` off, the first time in a run from nothing, and then once for each cut; the next one must end green. */
export function interruptedUp(...cuts: readonly [Cut, ...Cut[]]): void {
  const title = cuts.map(({ signal, afterMs }) => `${signal} after ${afterMs} ms`).join(', ')
  it(`an interrupted up is taken up again by the next one: ${title}`, { timeout: 300_000 }, async () => {
    const fresh = await TestInstance.make()
    try {
      const [first, ...more] = cuts
      // One that had ended by itself was not interrupted, and proves nothing.
      expect(await upCutOff(fresh, first)).toBe(first.signal === 'SIGINT' ? 130 : null)
      for (const cut of more) await upCutOff(fresh, cut)
      const { stdout } = await fresh.must('up', '--no-load-test')
      expect(stdout).toContain('broken 0')
    } finally {
      await fresh.remove()
    }
  })
}

async function upCutOff(on: TestInstance, { signal, afterMs }: Cut): Promise<number | null> {
  const child = spawn(join(project, 'edge'), ['up', '--no-load-test', '--config', on.file], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await Promise.race([wait(afterMs), ended])
  child.kill(signal)
  return ended
}

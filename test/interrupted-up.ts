import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { project, TestInstance } from './instance.ts'

/** Cuts `edge up` off at random moments of a run from nothing, by so many kills and so many times Ctrl-C. */
export function interruptedUp({
  kills,
  interruptions,
}: {
  readonly kills: number
  readonly interruptions: number
}): void {
  /** Moments in ms, printed with the test's name. */
  const moments = (count: number, withinMs: number): readonly number[] =>
    Array.from({ length: count }, () => Math.round(Math.random() * withinMs))
  const killed = moments(kills, 18_000)
  const interrupted = moments(interruptions, 6000)

  const title = `Ctrl-C after ${interrupted.join(', ')} ms, kill -9 after ${killed.join(', ')} ms`
  it(`an interrupted up is taken up again by the next one: ${title}`, { timeout: 900_000 }, async () => {
    const fresh = await TestInstance.make()
    try {
      // Not sooner: before that the program is still being loaded, and ends as any other would.
      for (const moment of interrupted) expect([130, 0]).toContain(await upCutOff(fresh, 'SIGINT', 1000 + moment))
      for (const moment of killed) await upCutOff(fresh, 'SIGKILL', moment)
      const { stdout } = await fresh.must('up', '--no-load-test')
      expect(stdout).toContain('broken 0')
    } finally {
      await fresh.remove()
    }
  })
}

async function upCutOff(on: TestInstance, signal: NodeJS.Signals, afterMs: number): Promise<number | null> {
  const child = spawn(join(project, 'edge'), ['up', '--no-load-test', '--config', on.file], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await Promise.race([wait(afterMs), ended])
  child.kill(signal)
  return ended
}

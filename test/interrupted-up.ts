import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { project, TestInstance } from './instance.ts'

/** One `edge up` that is cut off when this share of its steps is done; of half a step: half of its time. */
export type Cut = { readonly signal: 'SIGINT' | 'SIGKILL'; readonly share: number }

/** A step of `edge up`, as its line says it: the name, and how long after the line before it came. */
export type Step = { readonly name: string; readonly tookMs: number }

/** What came of a cut. */
export type Trial = {
  readonly signal: Cut['signal']
  /** How many steps had ended, of how many; the last of them, and what went by since its line. */
  readonly ended: number
  readonly of: number
  readonly last: string | null
  readonly afterMs: number
  /** The next `edge up`. */
  readonly next: 'green' | 'failed'
  readonly nextSeconds: number
}

/** Of twenty steps the last is `verify`: later than in its first fifth, a run that is quicker than others has ended. */
const latest = 0.96

/** A random moment of a run, in the given part of it: ten parts, each cut once, are spread over the whole. */
export const cutIn = (signal: Cut['signal'], part: number, of: number): Cut => ({
  signal,
  share: (latest * (part + Math.random())) / of,
})

const stepName = (line: string): string | undefined => /^ {2}✓ (.+?) {2,}/.exec(line)?.[1]

/** Runs `edge up` from nothing to its end; the steps that it showed. */
export async function wholeRun(on: TestInstance): Promise<readonly Step[]> {
  const steps: Step[] = []
  let before = performance.now()
  const onLine = (line: string): void => {
    const name = stepName(line)
    // The table of guarantees comes after the last step, and looks like more of them.
    if (name === undefined || steps.at(-1)?.name === 'verify') return
    steps.push({ name, tookMs: performance.now() - before })
    before = performance.now()
  }
  const { code, stdout, stderr } = await on.edge(['up', '--no-load-test'], { onLine })
  if (code !== 0) throw new Error(`edge up ended with ${code}\n${stderr}\n${stdout}`)
  return steps
}

/**
 * Cuts `edge up` off, the first time in a run from nothing, and then once for each cut; the next one must end green.
 * `whole` answers the steps of a run that was not cut off.
 */
export function interruptedUp(
  whole: () => readonly Step[],
  cuts: readonly Cut[],
  onTrial: (trial: Trial) => void = () => undefined,
): void {
  const title = cuts.map(({ signal, share }) => `${signal} after ${(100 * share).toFixed(1)} % of its steps`).join(', ')
  it(`an interrupted up is taken up again by the next one: ${title}`, { timeout: 300_000 }, async () => {
    const fresh = await TestInstance.make()
    try {
      const made: Awaited<ReturnType<typeof upCutOff>>[] = []
      for (const cut of cuts) made.push(await upCutOff(fresh, cut, whole()))
      // One that had ended by itself was not interrupted, and proves nothing.
      expect(made.map(({ code }) => code)).toEqual(cuts.map(({ signal }) => endedBy(signal)))
      const begun = performance.now()
      const { code, stdout, stderr } = await fresh.edge(['up', '--no-load-test'])
      const nextSeconds = Math.round((performance.now() - begun) / 100) / 10
      const next = code === 0 && stdout.includes('broken 0') ? 'green' : 'failed'
      for (const { trial } of made) onTrial({ ...trial, next, nextSeconds })
      expect(next, `${stderr}\n${stdout}`).toBe('green')
    } finally {
      await fresh.remove()
    }
  })
}

/** As a shell shows it: after Ctrl-C the program ends so by itself, and until it is loaded the kernel ends it so. */
const endedBy = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]

async function upCutOff(on: TestInstance, { signal, share }: Cut, whole: readonly Step[]) {
  const moment = share * whole.length
  const after = Math.floor(moment)
  const waitMs = (moment - after) * (whole[after]?.tookMs ?? 0)
  const child = spawn(join(project, 'edge'), ['up', '--no-load-test', '--config', on.file], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, as a shell gives it: Ctrl-C goes to all that it started, and not to this test.
    detached: true,
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, by) => resolve(code ?? endedBy(by ?? 'SIGKILL')))
  })
  const seen: string[] = []
  let lastAt = performance.now()
  const reached = new Promise<void>((resolve) => {
    const soon = (): void => void setTimeout(resolve, waitMs)
    if (after === 0) soon()
    createInterface({ input: child.stdout }).on('line', (line) => {
      const name = stepName(line)
      if (name === undefined) return
      seen.push(name)
      lastAt = performance.now()
      if (seen.length === after) soon()
      // What an earlier run has done takes no time again: the wait must not outlast the run.
      else if (seen.length === whole.length - 1) resolve()
    })
  })
  await Promise.race([reached, ended])
  const trial = {
    signal,
    ended: seen.length,
    of: whole.length,
    last: seen.at(-1) ?? null,
    afterMs: Math.round(performance.now() - lastAt),
  }
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
    process.kill(signal === 'SIGINT' ? -child.pid : child.pid, signal)
  return { trial, code: await ended }
}

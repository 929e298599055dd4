import { setTimeout as wait } from 'node:timers/promises'

/** Asks again and again until it is so; throws where it is not so in time. `what` is so, in words. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  { withinMs = 30_000, everyMs = 100 } = {},
): Promise<void> {
  // Not the clock of the day, which some tests set.
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`)
    await wait(everyMs)
  }
}

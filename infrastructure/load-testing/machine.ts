import { readFile } from 'node:fs/promises'

/** Processor time of the machine since it started, in ticks. */
export type ProcessorTimes = { readonly all: number; readonly idle: number }

export async function processorTimes(): Promise<ProcessorTimes> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  // user, nice, system, idle, iowait, irq, softirq, steal; guest time is counted in user already.
  const ticks = first.split(/\s+/).slice(1, 9).map(Number)
  return { all: ticks.reduce((sum, value) => sum + value, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) }
}

/** Free processor time between two looks, 0 to 100. */
export function idlePercent(before: ProcessorTimes, after: ProcessorTimes): number {
  return after.all <= before.all ? 100 : (100 * (after.idle - before.idle)) / (after.all - before.all)
}

/**
 * Free processor time in the busiest minute, from one look a second. The mean of a long run hides its peak; a single
 * second says nothing about a percentile of thousands of requests.
 */
export function idleInBusiestMinute(looks: readonly ProcessorTimes[]): number {
  const window = Math.min(60, looks.length - 1)
  let least = 100
  for (const [index, before] of looks.entries()) {
    const after = looks[index + window]
    if (after) least = Math.min(least, idlePercent(before, after))
  }
  return least
}

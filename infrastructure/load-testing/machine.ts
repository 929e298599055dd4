import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { cpus, hostname, totalmem } from 'node:os'
import type { Result } from './result.ts'

/** Processor time of the machine since it started, in ticks. */
export type ProcessorTimes = { readonly all: number; readonly idle: number }

export async function processorTimes(): Promise<ProcessorTimes> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  return parseProcessorTimes(first)
}

/**
 * The first line of /proc/stat. What runs with a lowered priority (`nice`) gives way to the site and to k6: its time is
 * free for them.
 */
export function parseProcessorTimes(line: string): ProcessorTimes {
  // Guest time, which comes after these, is counted in user already.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  const free = nice + idle + iowait
  return { all: user + system + irq + softirq + steal + free, idle: free }
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

/** What a run was measured on. The id is made of the machine's own, which is nobody else's business. */
export async function thisMachine(): Promise<Result['machine']> {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => hostname())
  const processors = cpus()
  return {
    id: createHash('sha256').update(`edge load test ${id.trim()}`).digest('hex').slice(0, 12),
    processors: processors.length,
    model: processors[0]?.model.trim() ?? 'unknown',
    memoryMb: Math.round(totalmem() / 2 ** 20),
  }
}

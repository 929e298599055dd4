/**
 * A program of its own (see held.ts): stops the processes that replay the log, says `stopped`, and has them go on when its
 * standard input ends.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { sendSignal, tellStarter } from '../../src/core/process.ts'

export type ReplayOrder = { readonly pids: readonly number[]; readonly forMs: number }

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin })
  const closed = once(input, 'close')
  const [line] = await once(input, 'line')
  // One line of drill-staleness.ts, which has the same type.
  const { pids, forMs }: ReplayOrder = JSON.parse(String(line))
  try {
    for (const pid of pids) sendSignal(pid, 'SIGSTOP')
    tellStarter('stopped')
    await Promise.race([closed, wait(forMs)])
  } finally {
    letGo(pids)
  }
}

/** One that has ended meanwhile replays no more. */
export function letGo(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      sendSignal(pid, 'SIGCONT')
    } catch {
      // Its server was restarted.
    }
  }
}

if (import.meta.main) {
  await main()
  process.exit()
}

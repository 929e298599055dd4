import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestInstance } from './instance.ts'

/** The parent of each process that there is. */
async function parents(): Promise<ReadonlyMap<number, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const seen = await Promise.all(
    pids.map(async (pid) => {
      // Its name may have blanks and brackets; the parent is the second word after it.
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
      return text === undefined ? [] : [[pid, Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])] as const]
    }),
  )
  return new Map(seen.flat())
}

/** Those that came of a process, and itself first. */
function family(root: number, of: ReadonlyMap<number, number>): readonly number[] {
  const children = [...of].filter(([, parent]) => parent === root).map(([pid]) => pid)
  return [root, ...children.flatMap((pid) => family(pid, of))]
}

const isThere = async (pid: number): Promise<boolean> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text !== undefined && !/\) [ZX] /.test(text)
}

async function supervisorOf({ state }: TestInstance): Promise<number> {
  for (const pid of (await parents()).keys()) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (words[0]?.endsWith('s6-svscan') === true && words.includes(join(state, 's6'))) return pid
  }
  throw new Error(`nothing of ${state} runs`)
}

/**
 * Takes a machine away as a power cut and a broken disk do: every program of the instance ends in the middle of what it
 * does, nothing is written any more, and of the state directory nothing is left.
 */
export async function loseMachine(instance: TestInstance): Promise<void> {
  const pids = family(await supervisorOf(instance), await parents())
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
    for (const pid of pids)
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended by itself.
      }
  for (const pid of pids) while (await isThere(pid)) await wait(20)
  await rm(instance.state, { recursive: true, force: true })
}

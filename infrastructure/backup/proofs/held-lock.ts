import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Holds the lock of an instance as an `edge up` does that is at work; answers what lets it go. */
export async function holdLock(state: string): Promise<() => Promise<void>> {
  const lock = join(state, 'run', 'lock')
  const holder = spawn('flock', [lock, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  holder.stdin.write('held')
  await once(holder.stdout, 'data')
  await writeFile(`${lock}.holder`, `edge up (pid ${process.pid}, since now)\n`)
  return async () => {
    const closed = once(holder, 'close')
    holder.stdin.end()
    await closed
  }
}

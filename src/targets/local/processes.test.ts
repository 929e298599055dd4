import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withFolder } from '../../../test/with-folder.ts'
import { bytesReadBy, childrenOf, titleOf } from './processes.ts'

const megabyte = 1024 ** 2

/** A shell that has had a child read a file, and has another one at work. Answers its number, which is free by then. */
async function reading(file: string, look: (pid: number) => void): Promise<number> {
  const shell = spawn('sh', ['-c', `cat '${file}' > /dev/null; cat; true`], { stdio: ['pipe', 'pipe', 'inherit'] })
  shell.stdin.write('the second one is there')
  await once(shell.stdout, 'data')
  look(shell.pid ?? 0)
  shell.stdin.end()
  await once(shell, 'close')
  return shell.pid ?? 0
}

it('counts what a program and all that it has started read, also those that have ended', () =>
  withFolder(async (folder) => {
    const counted: number[] = []
    for (const size of [0, 8 * megabyte]) {
      const file = join(folder, String(size))
      await writeFile(file, '')
      await truncate(file, size)
      await reading(file, (pid) => counted.push(bytesReadBy(pid) ?? -1))
    }
    const [none = 0, all = 0] = counted
    expect(none).toBeGreaterThan(0)
    expect(all - none).toBeGreaterThan(7.9 * megabyte)
    expect(all - none).toBeLessThan(8.1 * megabyte)
  }))

it('knows what a program has started, and what it says of itself, as long as it runs', async () => {
  const titles: string[] = []
  const pid = await reading('/dev/null', (its) => {
    titles.push(titleOf(its), ...childrenOf(its).map(titleOf))
  })
  expect(titles).toEqual(["sh -c cat '/dev/null' > /dev/null; cat; true", 'cat'])
  expect([bytesReadBy(pid), childrenOf(pid), titleOf(pid)]).toEqual([undefined, [], ''])
})

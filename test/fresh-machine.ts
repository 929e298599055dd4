import { spawn } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { installPackages } from '../src/targets/local/packages.ts'
import { project } from './instance.ts'
import { testWorld } from './world.ts'

export type Ended = { readonly code: number | null; readonly stdout: string }

/** A clean Debian 12 with a clone of the last commit, in which one command runs; see fresh-machine.sh. Needs root. */
export class FreshMachine {
  /** All that was said, and how it ended; the machine is gone then. */
  readonly ended: Promise<Ended>
  readonly #root: string
  #stdout = ''
  #hasEnded = false

  private constructor(root: string, brought: readonly string[], command: readonly string[]) {
    this.#root = root
    const words = ['--root', root, ...brought.flatMap((path) => ['--bring', path]), '--', ...command]
    const child = spawn(join(project, 'test/fresh-machine.sh'), words, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        this.#hasEnded = true
        resolve({ code, stdout: this.#stdout })
      })
    })
  }

  /** `brought`: files and folders that lie there in the same place. */
  static async start(root: string, brought: readonly string[], command: readonly string[]): Promise<FreshMachine> {
    await installPackages([{ binary: 'debootstrap', packages: ['debootstrap'] }], testWorld().world, {
      say: () => undefined,
      line: () => undefined,
    })
    return new FreshMachine(root, brought, command)
  }

  /** Waits until a file is there; throws with all that was said where the command ends before. */
  async until(path: string): Promise<void> {
    while (!(await stat(join(this.#root, path)).catch(() => undefined))) {
      if (this.#hasEnded) throw new Error(this.#stdout)
      await wait(500)
    }
  }

  /** Makes a file there, where the machine still is. */
  async touch(path: string): Promise<void> {
    if (!this.#hasEnded) await writeFile(join(this.#root, path), '').catch(() => undefined)
  }
}

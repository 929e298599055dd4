import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { World } from '../src/core/world.ts'

const tools = resolve(import.meta.dirname, '../.tools')
const minutes = 60_000

/**
 * Brings a program of the tests that is written in Python once, every file of it by a pinned hash, and answers its
 * folder: what PYTHONPATH has to be. `name` carries the version, so that another one is brought anew.
 */
export async function pythonProgram(name: string, requirements: string, world: World): Promise<string> {
  const folder = join(tools, name)
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  if (there) return folder
  await mkdir(tools, { recursive: true })
  const staging = await mkdtemp(join(tools, 'new-'))
  try {
    const options = [
      '--quiet',
      '--no-cache-dir',
      '--no-compile',
      '--require-hashes',
      '--only-binary=:all:',
      '--no-deps',
    ]
    const ran = await world.run(['pip3', 'install', ...options, '--target', staging, '--requirement', requirements], {
      timeoutMs: 5 * minutes,
      env: { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    })
    if (ran.code !== 0) throw new Error(`pip3: ${ran.stderr}`)
    // Two files of tests may want it at once: whoever comes second finds it there.
    await rename(staging, folder).catch(async (error: unknown) => access(folder).catch(() => Promise.reject(error)))
    return folder
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

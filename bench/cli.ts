import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'

const project = resolve(import.meta.dirname, '..')
const rounds = 10

/** What it costs to say `./edge --help`, and what the door adds to the program that it hands over to. */
async function help(bench: Bench): Promise<void> {
  const through: number[] = []
  const direct: number[] = []
  await inRounds(bench, rounds, async () => {
    through.push(time([join(project, 'edge'), '--help']))
    direct.push(time([process.execPath, join(project, 'src', 'start.js'), '--help']))
  })
  const added = through.map((value, index) => value - (direct[index] ?? value))
  bench.found(result('edge --help', 'ms', { atMost: 150 }, through))
  bench.found(result('the door over the program', 'ms', { atMost: 30 }, added))
}

export const parts: readonly Part[] = [{ name: 'cli', measure: help }]

function time([program = '', ...args]: readonly string[]): number {
  const begun = performance.now()
  const { status } = spawnSync(program, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`)
  return performance.now() - begun
}

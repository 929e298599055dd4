import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { exit, OperatorError } from '../core/errors.ts'
import { readText } from '../targets/local/files.ts'
import { lastLines } from '../targets/local/log.ts'
import { supervisorPaths } from '../targets/local/s6.ts'
import { unknown } from '../core/nearest.ts'
import { words } from '../core/options.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'

export const logs: VerbRun = async (world, positional, options) => {
  const session = await openExisting(world, options)
  const count = Number(options['lines'] ?? 20)
  if (!Number.isInteger(count) || count < 0) {
    throw new OperatorError(
      '--lines',
      `must be a whole number (got "${String(options['lines'])}")`,
      'edge logs nginx -n 100',
      exit.usage,
    )
  }
  const names = session.composed.plan.filter((part) => part.kind === 'engine').map((part) => part.name)
  const [wanted] = words(positional)
  if (wanted !== undefined && !names.includes(wanted)) throw unknown('engine', wanted, names)
  const shown = wanted === undefined ? names : [wanted]
  const directory = supervisorPaths(session.instance.state).logs
  const files = shown.map((name) => ({ name, path: join(directory, name, 'current') }))
  const prefixed = shown.length > 1
  for (const { name, path } of files) {
    if ((await readText(path)) === undefined) continue
    for (const line of await lastLines(path, count))
      world.stdout.write(`${prefixed ? `${name.padEnd(10)} ` : ''}${line}\n`)
  }
  if (options['follow'] !== true) return exit.ok
  await Promise.all(files.map((file) => follow(file.path, prefixed ? `${file.name.padEnd(10)} ` : '', session.world)))
  return exit.ok
}

/** `tail -F` goes on over a rotation; it ends with this process. */
function follow(path: string, prefix: string, world: Parameters<VerbRun>[0]): Promise<void> {
  const child = spawn('tail', ['-n', '0', '-F', path], { stdio: ['ignore', 'pipe', 'ignore'] })
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) world.stdout.write(`${prefix}${line}\n`)
  })
  world.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  return new Promise((resolve) => child.once('close', () => resolve()))
}

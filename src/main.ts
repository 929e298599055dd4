import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { realWorld, streamOutput } from './world.ts'

// Types are taken off and programs compiled once, not at each call: half of what a short verb costs.
enableCompileCache(join(import.meta.dirname, '..', '.tools', 'compile-cache'))

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
// A reader that went away (`edge logs | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}

const world = realWorld({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  uid: process.getuid?.() ?? -1,
  stdinIsTTY: process.stdin.isTTY === true,
  stdout: streamOutput(process.stdout),
  stderr: streamOutput(process.stderr),
  signal: interrupted.signal,
})

const { main } = await import('./cli/main.ts')
process.exitCode = await main(world)

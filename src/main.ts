import { main } from './cli/main.ts'
import { realWorld, streamOutput } from './world.ts'

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
  stdin: process.stdin,
  stdout: streamOutput(process.stdout),
  stderr: streamOutput(process.stderr),
  signal: interrupted.signal,
})

process.exitCode = await main(world)

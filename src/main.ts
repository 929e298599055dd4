import { main } from './cli/main.ts'
import { isOfOthers, realWorld, streamOutput } from './world.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
// A reader that went away (`edge logs | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}
// Of this process itself: PostgreSQL's driver looks there.
for (const name of Object.keys(process.env).filter(isOfOthers)) delete process.env[name]

/** Somebody may have deleted it meanwhile. */
function folderOfCaller(): string {
  try {
    return process.cwd()
  } catch {
    process.stderr.write('✗ the folder that you are in is gone\n  hint: cd into one that is there, then this again\n')
    // As of every mistake in how edge is called (src/core/errors.ts).
    process.exit(2)
  }
}

const world = realWorld({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: folderOfCaller(),
  uid: process.getuid?.() ?? -1,
  stdinIsTTY: process.stdin.isTTY === true,
  stdin: process.stdin,
  stdout: streamOutput(process.stdout),
  stderr: streamOutput(process.stderr),
  signal: interrupted.signal,
})

process.exitCode = await main(world)

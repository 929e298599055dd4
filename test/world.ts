import { Readable } from 'node:stream'
import type { Output, World } from '../src/core/world.ts'
import { realWorld } from '../src/world.ts'

/** A world for tests: the machine's own, with streams that are kept as text and a signal of the test's. */
export function testWorld(given: Partial<Pick<World, 'argv' | 'env' | 'cwd' | 'signal' | 'stdinIsTTY'>> = {}) {
  const [stdout, stderr] = [capture(), capture()]
  const world = realWorld({
    argv: given.argv ?? [],
    env: given.env ?? process.env,
    cwd: given.cwd ?? process.cwd(),
    uid: process.getuid?.() ?? -1,
    stdinIsTTY: given.stdinIsTTY ?? false,
    stdin: Readable.from([]),
    stdout,
    stderr,
    signal: given.signal ?? new AbortController().signal,
  })
  return { world, stdout: () => stdout.text(), stderr: () => stderr.text() }
}

function capture(): Output & { text: () => string } {
  let text = ''
  return { write: (more) => void (text += more), isTTY: false, columns: 100, text: () => text }
}

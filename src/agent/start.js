import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'

// Plain JavaScript: Node keeps over 12 MiB of what takes the types off for as long as a process lives. Here another process
// takes them off and ends, and this one, which runs for months, reads what it left.
const [name, file] = process.argv.slice(2)
if (!['agent', 'exporter'].includes(name) || file === undefined) throw new Error('usage: start.js agent|exporter FILE')
const program = `./${name}.ts`
let compiled
try {
  // Beside the settings, where nobody else can write: Node runs what lies there, and looks there as long as it lives.
  const folder = join(dirname(file), 'compiled')
  // One that was killed in its start may have left it.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  compiled = folder
  const compile = join(import.meta.dirname, 'compile.js')
  spawnSync(process.execPath, [compile, compiled, program], { stdio: 'ignore', timeout: 10_000 })
  enableCompileCache(compiled)
} catch {
  // No room for it, or no right to write there: this one takes the types off itself.
}
let begin
try {
  begin = (await import(program))[name]
} finally {
  if (compiled !== undefined) rmSync(compiled, { recursive: true, force: true })
}
await begin(file)

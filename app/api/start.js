import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Plain JavaScript, unlike all others: Node keeps 20 MiB of what takes the types off for as long as a process lives. Here
// another process takes them off and ends, and this one reads what it left.
let compiled
try {
  // At home, where nobody else can write: Node runs what lies there, and looks there as long as it lives.
  const folder = join(process.env.HOME, `.api-compiled-${process.env.PORT ?? ''}`)
  // One that was killed in its start may have left it.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  compiled = folder
  const compile = join(import.meta.dirname, 'compile.js')
  spawnSync(process.execPath, [compile, compiled], { stdio: 'ignore', timeout: 10_000 })
  enableCompileCache(compiled)
} catch {
  // No home, no room in it, or no right to write there: this one takes the types off itself.
}
let serve
try {
  ;({ serve } = await import('./serve.ts'))
} finally {
  // Before it serves: one that cannot begin ends at once, and is started again and again.
  if (compiled !== undefined) rmSync(compiled, { recursive: true, force: true })
}
await serve()

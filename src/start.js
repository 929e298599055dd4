import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Plain JavaScript, unlike all others: taking types off costs 45 ms before the first line runs, and what comes after
// this one is taken from the cache, without its types and compiled: most of what a short verb costs.
enableCompileCache(join(import.meta.dirname, '..', '.tools', 'compile-cache'))

await import('./main.ts')

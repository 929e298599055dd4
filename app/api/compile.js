import { enableCompileCache } from 'node:module'

// Run by start.js. What is loaded is written into the folder as this ends.
enableCompileCache(process.argv[2])
await import('./serve.ts')

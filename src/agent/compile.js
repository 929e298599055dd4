import { enableCompileCache } from 'node:module'

// Run by start.js. What is loaded is written into the folder as this ends.
const [folder, program] = process.argv.slice(2)
enableCompileCache(folder)
await import(program)

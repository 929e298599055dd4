/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out. npm does so where the registry
 * (a mirror that lags behind) does not have them yet, and `npm ci` then refuses the lock. They are never installed on
 * Linux x86_64, so they need no integrity hash; a later `npm install` from a complete registry fills it in.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { completeLock, type Lock } from './lock.ts'

const path = join(import.meta.dirname, '../package-lock.json')
// npm wrote it; completeLock reads only what npm documents of it.
const lock = JSON.parse(await readFile(path, 'utf8')) as Lock
const { completed, added } = completeLock(lock)
if (added.length > 0) await writeFile(path, `${JSON.stringify(completed, undefined, 2)}\n`)
console.log(`${added.length} added${added.length > 0 ? `: ${added.join(' ')}` : ''}`)

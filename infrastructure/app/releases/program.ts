import { createHash } from 'node:crypto'
import { type Dirent } from 'node:fs'
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { exit, OperatorError } from '../../../src/core/errors.ts'
import { fingerprint } from '../../../src/targets/local/files.ts'
import type { Entry } from './layout.ts'

/** A program's folder, whole: path below it → what is there. */
export type Program = ReadonlyMap<string, Entry>

const refused = (what: string, hints: string | readonly string[]): OperatorError =>
  new OperatorError('--api', what, hints, exit.usage)

/**
 * Everything below the folder of an API, sorted, but for a `.git` of its own. Throws OperatorError (exit 2) for what
 * cannot be released: no folder, an empty one, a file that nobody may read, a link that leads out of it.
 */
export async function readProgram(folder: string): Promise<Program> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unreadable(folder))
  const named = found
    .map((entry) => ({ entry, name: join(entry.parentPath, entry.name).slice(folder.length + 1) }))
    .filter(({ name }) => name.split('/')[0] !== '.git')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  if (!named.some(({ entry }) => entry.isFile())) throw refused(`${folder} is empty`, 'was it built?')
  const real = await realpath(folder)
  const entries = await eachAtOnce(
    named,
    async ({ entry, name }) => [name, await entryOf(folder, real, name, entry)] as const,
  )
  return new Map(entries)
}

async function entryOf(folder: string, real: string, name: string, entry: Dirent): Promise<Entry> {
  if (entry.isDirectory()) return { kind: 'folder' }
  if (entry.isSymbolicLink()) return linkOf(folder, real, name)
  if (!entry.isFile()) throw refused(`${name} is neither a file, a folder nor a link`, 'a release holds those only')
  return fileEntry(join(folder, name)).catch(unreadable(join(folder, name)))
}

/** A file as it lies on the disk. Rejects with the machine's own error. */
export async function fileEntry(path: string): Promise<Extract<Entry, { kind: 'file' }>> {
  const [{ mode, size }, content] = await Promise.all([lstat(path), readFile(path)])
  const hash = createHash('sha256').update(content).digest('hex')
  return { kind: 'file', hash, executable: (mode & 0o100) !== 0, size }
}

/** Package managers make links inside of their folder; one that leads out of it would lead to something else tomorrow. */
async function linkOf(folder: string, real: string, name: string): Promise<Entry> {
  const target = await readlink(join(folder, name))
  const hint = 'copy what it points to in its place (cp -RL), or link to it relatively'
  const isInside = (path: string): boolean => path !== '..' && !path.startsWith('../') && !isAbsolute(path)
  if (isAbsolute(target) || !isInside(join(dirname(name), target))) {
    throw refused(`${name} is a link out of the folder (to ${target})`, hint)
  }
  const end = await realpath(join(folder, name)).catch(() => undefined)
  if (end === undefined) throw refused(`${name} is a link to nothing (${target})`, 'remove it, or build again')
  // Links that lead in one by one may lead out together.
  if (!isInside(relative(real, end))) throw refused(`${name} is a link out of the folder (to ${end})`, hint)
  return { kind: 'link', target }
}

const unreadable =
  (name: string) =>
  (error: unknown): never => {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const path = 'path' in error && typeof error.path === 'string' ? error.path : name
    if (error.code === 'ENOENT') throw refused(`${path} is not there`, 'was it built? is the path right?')
    if (error.code === 'ENOTDIR') throw refused(`${path} is no folder`, 'the folder that the API is started in, whole')
    throw refused(`${path} cannot be read (${String(error.code)})`, [
      "the engines' user reads it: where that one may not, a tar on standard input hands it over (edge publish --help)",
    ])
  }

/** One hash for a whole program: the same entries give the same one. */
export const fingerprintOf = (program: Program): string =>
  fingerprint([...program].map(([name, entry]) => [name, entry]))

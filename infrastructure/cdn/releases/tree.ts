import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { exit, OperatorError } from '../../../src/core/errors.ts'
import { type Bytes, bytes, show } from '../../../src/core/units.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'

/** A file of a built site: its path below the root, its size, the SHA-256 of its content. */
export type SourceFile = { readonly size: number; readonly hash: string }
export type Tree = ReadonlyMap<string, SourceFile>
/** A folder that was built, and what is in it. */
export type Built = { readonly folder: string; readonly tree: Tree }
/** A tree as it was read, with how many names beside it begin with a dot; what lies below such a folder is not counted. */
export type ReadTree = Tree & { readonly leftOut: number }

export type TreeLimits = { readonly largestFile: Bytes; readonly mostFiles: number }
export const usualLimits: TreeLimits = { largestFile: bytes('100 MB'), mostFiles: 50_000 }

/** The word for this input in messages. */
const where = 'site'

/**
 * The files below a built folder, sorted, with their hashes. Hidden files stay behind (but for .well-known).
 * Throws OperatorError for what cannot be published: no folder, no page, links, names that would end a line of a log.
 */
export async function readTree(folder: string, limits: TreeLimits = usualLimits): Promise<ReadTree> {
  const { names, leftOut } = await fileNames(folder)
  if (names.length === 0) throw new OperatorError(where, `${folder} is empty`, 'was it built?')
  if (!names.includes('index.html')) {
    throw new OperatorError(where, `${folder} has no index.html`, 'is it the folder that the build writes into?')
  }
  if (names.length > limits.mostFiles) {
    const hint = 'is it the build, or the folder above it? cdn.releases.mostFiles raises the bound'
    throw new OperatorError(where, `${folder} has ${names.length} files, more than ${limits.mostFiles}`, hint)
  }
  const files = await eachAtOnce(names.toSorted(), async (name) => {
    const { size } = await lstat(join(folder, name))
    if (size > limits.largestFile.bytes) {
      const measured = `${name} is larger than ${show(limits.largestFile)} (${show({ kind: 'bytes', bytes: size })})`
      throw new OperatorError(where, measured, 'serve it from elsewhere, or raise cdn.releases.largestFile')
    }
    return [name, { size, hash: await hashOfFile(join(folder, name), name) }] as const
  })
  const tree = new Map(files)
  if (tree.get('index.html')?.size === 0) {
    throw new OperatorError(where, `${join(folder, 'index.html')} is empty`, 'did the build end halfway?')
  }
  return Object.assign(tree, { leftOut })
}

/** What was left out of a tree, as the end of a sentence about it; empty where nothing was. */
export function leftOutOf({ leftOut }: ReadTree): string {
  if (leftOut === 0) return ''
  return leftOut === 1
    ? '; 1 name that begins with a dot is left out'
    : `; ${leftOut} names that begin with a dot are left out`
}

async function fileNames(folder: string): Promise<{ readonly names: readonly string[]; readonly leftOut: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unreadable(folder))
  const names: string[] = []
  let leftOut = 0
  for (const entry of entries) {
    const name = join(entry.parentPath, entry.name).slice(folder.length + 1)
    const parts = name.split('/')
    const hidden = parts.findIndex(isHidden)
    if (hidden === parts.length - 1) leftOut += 1
    if (hidden !== -1) continue
    refuseName(name)
    if (parts.at(-1) === configurationFile) throw notForVisitors(name)
    if (entry.isSymbolicLink()) {
      throw new OperatorError(
        where,
        `${name} is a symbolic link`,
        'a release holds files only: copy what it points to (cp -RL)',
      )
    }
    if (entry.isFile()) names.push(name)
    else if (!entry.isDirectory()) {
      throw new OperatorError(where, `${name} is neither a file nor a folder`, 'a release holds files only')
    }
  }
  return { names, leftOut }
}

/** Whoever says `static: '.'` has it beside the page, with the addresses of heartbeats and webhooks in it. */
const configurationFile = 'production.config.ts'

const notForVisitors = (name: string): OperatorError =>
  new OperatorError(where, `${name} is a configuration of edge, and every visitor could read it`, [
    "put the pages into a folder of their own: site: { static: 'public' }, or edge publish public",
  ])

/** A compressed body has three letters more than its file, and 255 bytes are what a name may have (ext4, xfs). */
const longestName = 252

/** Throws OperatorError for a name that neither a header, nor a log, nor the disk takes as it is. */
function refuseName(name: string): void {
  const refused = (what: string): OperatorError =>
    new OperatorError(where, `${JSON.stringify(name)} ${what}`, 'rename it: a visitor would ask for it by this name')
  // Control characters would end a line of a log or a header.
  if ([...name].some((letter) => letter < ' ' || letter === '\u007f'))
    throw refused('has a control character in its name')
  // What Node reads in place of bytes that are no UTF-8: there is no file of that name.
  if (name.includes('\ufffd')) throw refused('has a name that is not UTF-8')
  if (name.split('/').some((part) => Buffer.byteLength(part) > longestName))
    throw refused(`has a name of more than ${longestName} bytes`)
}

const isHidden = (part: string): boolean => part.startsWith('.') && part !== '.well-known'

const unreadable =
  (name: string) =>
  (error: unknown): never => {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const path = 'path' in error && typeof error.path === 'string' ? error.path : name
    const what = error.code === 'ENOENT' ? 'is not there' : `cannot be read (${String(error.code)})`
    const hints = [
      'was it built? is the path right?',
      "the engines' user reads it: where that one may not, `tar -C FOLDER -c . | edge publish -` hands it over",
    ]
    // The folder itself is what was typed; a file below it that is gone was taken away meanwhile.
    const isTyped = path === name && /^(ENOENT|ENOTDIR)$/.test(String(error.code))
    throw new OperatorError(where, `${path} ${what}`, hints, isTyped ? exit.usage : exit.failed)
  }

/** SHA-256 of a content, in hexadecimal. */
export const hashOf = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

/** A file is not any more what it was when its folder was read: its bytes would be kept for a year under a wrong name. */
export const changedMeanwhile = (name: string): OperatorError =>
  new OperatorError('publish', `${name} was changed while it was published`, [
    'was the build still at work? wait for its end, then publish again',
    'what was live is live',
  ])

/** Above this a file is read piece by piece, so that it is never held in memory as a whole. */
const readAtOnceBytes = 1024 * 1024

/** SHA-256 of a file's content, in hexadecimal. */
export async function hashOfFile(path: string, name = path): Promise<string> {
  const hash = createHash('sha256')
  try {
    // Without a stream for each, and without waiting for each: of 20,000 small files that is most of the time.
    if (statSync(path).size <= readAtOnceBytes) return hashOf(readFileSync(path))
    await pipeline(createReadStream(path), hash)
  } catch (error) {
    unreadable(name)(error)
  }
  return hash.digest('hex')
}

/** One hash for a whole tree: the same files give the same one. */
export function fingerprintOf(tree: Tree): string {
  const rows = [...tree].map(([name, { hash }]) => [name, hash])
  return hashOf(JSON.stringify(rows))
}

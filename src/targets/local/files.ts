import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { z } from 'zod'
import { OperatorError } from '../../core/errors.ts'
import type { RenderedFile } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'

/** The file's text, or undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

/**
 * The JSON of a file that edge itself wrote; undefined where there is none, and where it is none any more: cut off by a
 * full disk, or edited by a hand.
 */
export async function readJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : parsedJson(text, schema)
}

/** Like readJson, for a text: one line of a history. */
export function parsedJson<Value>(text: string, schema: z.ZodType<Value>): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Replaces a file as a whole: a reader, or a machine that loses power, sees the old text or the new one. */
export async function writeAtomically(path: string, content: string, mode = 0o600): Promise<void> {
  const aside = join(dirname(path), `.${randomBytes(6).toString('hex')}.new`)
  try {
    const file = await open(aside, 'wx', mode)
    try {
      await file.writeFile(content)
      // The umask may have taken bits away.
      await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

/** Writes down which entries a folder has: what was renamed into it stays there when the machine loses power. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}

/** A slow disk may have gigabytes of somebody else's to write first. */
const syncedWithinMs = 600_000

/**
 * Writes to the disk all that lies in the file system of a path. Throws OperatorError where that fails: what looks
 * written may be lost.
 */
export async function syncFileSystem(path: string, { run }: Pick<World, 'run'>): Promise<void> {
  const { code, stderr, timedOut } = await run(['sync', '-f', path], { timeoutMs: syncedWithinMs })
  if (code === 0) return
  const why = timedOut ? `not within ${syncedWithinMs / 60_000} minutes` : stderr.trim()
  throw new OperatorError(path, `cannot be written to the disk: ${why}`, [
    'nothing of it is served; dmesg and df tell whether the disk is ill or full',
  ])
}

export async function isAsRendered(file: RenderedFile): Promise<boolean> {
  const [content, mode] = await Promise.all([
    readText(file.path),
    stat(file.path).then(
      (info) => info.mode & 0o777,
      () => undefined,
    ),
  ])
  return content === file.content && mode === (file.mode ?? 0o600)
}

export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
}

export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/**
 * The paths of all files below a folder, as they are below it. A folder below it that somebody renames or removes meanwhile has
 * none; readdir's own way to the bottom would reject.
 */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  const folders = [folder]
  for (const path of folders) {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (path !== folder && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
      throw error
    })
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push(join(path, entry.name))
      else if (entry.isFile()) found.push(relative(folder, join(path, entry.name)))
    }
  }
  return found
}

/** One hash over a file, or over everything below a folder with its names; undefined where there is nothing. */
export async function hashOfPath(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined)
  if (!info) return undefined
  const files = info.isDirectory() ? (await filesBelow(path)).map((name) => join(path, name)) : [path]
  const hash = createHash('sha256')
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(await readFile(file))
      .update('\0')
  return hash.digest('hex')
}

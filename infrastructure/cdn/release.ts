import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import {
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants as zlib, gzip } from 'node:zlib'
import { OperatorError } from '../../src/core/errors.ts'
import { isCompressible, isHashed } from './classes.ts'

/** Below this a compressed body with its headers is no smaller. */
const smallestCompressed = 256
const atOnce = Math.max(2, cpus().length)

/** What a release is made of: each file by its path below the root, with the hash of its content. */
export type Manifest = {
  readonly id: string
  /** Of the built folder: the same folder gives the same one. */
  readonly fingerprint: string
  readonly publishedAt: string
  /** Everything that is served, precompressed bodies (.br, .gz) too: path → SHA-256. */
  readonly files: Readonly<Record<string, string>>
}

const paths = (site: string) => ({
  live: join(site, 'live'),
  kept: join(site, 'kept'),
  releases: join(site, 'releases'),
  manifest: (id: string) => join(site, 'manifests', `${id}.json`),
})

/** The files below a folder, sorted, with their hashes. Throws OperatorError for what cannot be published. */
export async function readTree(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new OperatorError('site.static', `${error.path ?? folder} cannot be read (${error.code})`, [
        "was it built? is the path right? may the engines' user read it?",
      ])
    },
  )
  const names: string[] = []
  for (const entry of entries) {
    const name = join(entry.parentPath, entry.name).slice(folder.length + 1)
    if (entry.isSymbolicLink()) {
      throw new OperatorError(
        'site.static',
        `${name} is a symbolic link`,
        'a release holds files only: copy what it points to',
      )
    }
    // Control characters in a name would end a line of a log or a header.
    if ([...name].some((letter) => letter < ' ')) {
      throw new OperatorError('site.static', `${JSON.stringify(name)} has a control character in its name`, 'rename it')
    }
    if (entry.isFile() && !name.split('/').some((part) => part.startsWith('.'))) names.push(name)
  }
  const hashes = await eachAtOnce(names.toSorted(), async (name) => [name, await hashOf(join(folder, name))] as const)
  return Object.fromEntries(hashes)
}

export const fingerprintOf = (files: Readonly<Record<string, string>>): string =>
  createHash('sha256').update(JSON.stringify(files)).digest('hex')

/** The release that is live, where its files are whole: no byte of what is served differs from what was published. */
export async function liveRelease(site: string): Promise<Manifest | undefined> {
  const { live, manifest } = paths(site)
  const target = await readlink(live).catch(() => undefined)
  if (target === undefined) return undefined
  const text = await readFile(manifest(target.split('/').at(-1) ?? ''), 'utf8').catch(() => undefined)
  // Written by publish() below and by nothing else.
  return text === undefined ? undefined : (JSON.parse(text) as Manifest)
}

/** What is missing or changed in the live release, in words; undefined where it is whole. */
export async function damageOf(site: string, release: Manifest): Promise<string | undefined> {
  const root = join(paths(site).releases, release.id)
  const seen = await eachAtOnce(Object.entries(release.files), async ([name, hash]) => {
    const found = await hashOf(join(root, name)).catch(() => undefined)
    return found === hash ? undefined : `${name} ${found === undefined ? 'is missing' : 'was changed'}`
  })
  return seen.find((problem) => problem !== undefined)
}

/**
 * Makes a folder the live site: copies and compresses aside, keeps hashed files where open tabs find them, and flips
 * one link. Until the flip the old release is served whole; killed at any point, it still is.
 */
export async function publish(folder: string, site: string, now: Date): Promise<Manifest> {
  const source = await readTree(folder)
  if (source['index.html'] === undefined) {
    throw new OperatorError(
      'site.static',
      `${folder} has no index.html`,
      'is it the folder that the build writes into?',
    )
  }
  const { kept, releases, manifest } = paths(site)
  await Promise.all(
    [kept, releases, dirname(manifest('x'))].map((path) => mkdir(path, { recursive: true, mode: 0o755 })),
  )
  const fingerprint = fingerprintOf(source)
  const id = await nextId(releases, now, fingerprint)
  const aside = join(releases, `.${id}`)
  await rm(aside, { recursive: true, force: true })
  const newest = await newestIndex(site)
  const written = await eachAtOnce(Object.keys(source), (name) => publishFile(join(folder, name), join(aside, name)))
  // nginx's ETag is time and size: an index of the same size and time would be answered with "not modified".
  const changed = new Date(Math.max(now.getTime(), newest + 1000))
  await utimes(join(aside, 'index.html'), changed, changed)
  const files = Object.fromEntries(
    await eachAtOnce(
      written.flat().toSorted(),
      async (path) => [path.slice(aside.length + 1), await hashOf(path)] as const,
    ),
  )
  await rename(aside, join(releases, id))
  await keepHashed(join(releases, id), Object.keys(files), kept)
  const release: Manifest = { id, fingerprint, publishedAt: now.toISOString(), files }
  await writeFile(manifest(id), `${JSON.stringify(release)}\n`)
  await flip(site, id)
  return release
}

async function publishFile(from: string, to: string): Promise<readonly string[]> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  const body = await readFile(from)
  if (!isCompressible(to) || body.length < smallestCompressed) return [to]
  const [brotli, zipped] = await Promise.all([
    promisify(brotliCompress)(body, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
    promisify(gzip)(body, { level: 9 }),
  ])
  const smaller = [
    { path: `${to}.br`, body: brotli },
    { path: `${to}.gz`, body: zipped },
  ].filter((compressed) => compressed.body.length < body.length)
  await Promise.all(smaller.map((compressed) => writeFile(compressed.path, compressed.body)))
  return [to, ...smaller.map(({ path }) => path)]
}

/** Links each hashed file into one folder that only grows, so that a tab finds the chunks of an earlier release. */
async function keepHashed(root: string, names: readonly string[], kept: string): Promise<void> {
  for (const name of names.filter((path) => isHashed(path.replace(/\.(br|gz)$/, '')))) {
    const target = join(kept, name)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await link(join(root, name), target).catch((error: NodeJS.ErrnoException) => {
      // The same name has the same content: that is what the hash in it says.
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function flip(site: string, id: string): Promise<void> {
  const { live, releases } = paths(site)
  await syncDirectory(releases)
  const aside = join(site, `.live-${process.pid}`)
  await rm(aside, { force: true })
  await symlink(join('releases', id), aside)
  await rename(aside, live)
  await syncDirectory(site)
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}

/** `2026-11-23.2-ab12cd34`: the day, the count of that day, the content. */
async function nextId(releases: string, now: Date, fingerprint: string): Promise<string> {
  const day = now.toISOString().slice(0, 10)
  const counts = (await readdir(releases)).flatMap((name) => {
    const count = new RegExp(`^\\.?${day}\\.(\\d+)-`).exec(name)?.[1]
    return count === undefined ? [] : [Number(count)]
  })
  return `${day}.${Math.max(0, ...counts) + 1}-${fingerprint.slice(0, 8)}`
}

/** When the live index was changed, in ms; 0 where there is none. */
async function newestIndex(site: string): Promise<number> {
  return stat(join(paths(site).live, 'index.html')).then(
    (info) => Math.floor(info.mtimeMs / 1000) * 1000,
    () => 0,
  )
}

async function hashOf(path: string): Promise<string> {
  if ((await lstat(path)).isSymbolicLink()) throw new Error(`${path} is a link`)
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...items.entries()]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

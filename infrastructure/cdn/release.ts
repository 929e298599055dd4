import { createHash } from 'node:crypto'
import { link, lstat, mkdir, open, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants as zlib, gzip } from 'node:zlib'
import { OperatorError } from '../../src/core/errors.ts'
import { writeAtomically } from '../../src/targets/local/files.ts'
import { isCompressible, isKept } from './classes.ts'

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
    if (entry.isFile() && !name.split('/').some(isHidden)) names.push(name)
  }
  const hashes = await eachAtOnce(names.toSorted(), async (name) => [name, await hashOf(join(folder, name))] as const)
  return Object.fromEntries(hashes)
}

/** The name of the file of which this one is the compressed body. */
const plainName = (name: string): string => name.replace(/\.(br|gz)$/, '')
const isHidden = (part: string): boolean => part.startsWith('.') && part !== '.well-known'

export const fingerprintOf = (files: Readonly<Record<string, string>>): string =>
  createHash('sha256').update(JSON.stringify(files)).digest('hex')

/** The release that is live; undefined where nothing was published. */
export async function liveRelease(site: string): Promise<Manifest | undefined> {
  const { live, manifest } = paths(site)
  const target = await readlink(live).catch(() => undefined)
  if (target === undefined) return undefined
  const text = await readFile(manifest(target.split('/').at(-1) ?? ''), 'utf8').catch(() => undefined)
  // Written whole, by publish() below and by nothing else.
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
    [kept, releases, dirname(manifest(''))].map((path) => mkdir(path, { recursive: true, mode: 0o755 })),
  )
  await clearLeftovers(site)
  const fingerprint = fingerprintOf(source)
  const id = await nextId(releases, now, fingerprint)
  const aside = join(releases, `.${id}`)
  // nginx's ETag is time and size: a page of the same size and time would be answered with "not modified".
  const changed = new Date(Math.max(now.getTime(), (await newestIndex(site)) + 1000))
  // What the build compressed itself is made anew: at the highest level, and of the very bytes that are served.
  const names = Object.keys(source).filter((name) => plainName(name) === name || !(plainName(name) in source))
  const written = await eachAtOnce(names, (name) => publishFile(join(folder, name), join(aside, name), changed))
  const files = Object.fromEntries(
    await eachAtOnce(
      written.flat().toSorted(),
      async (path) => [path.slice(aside.length + 1), await hashOf(path)] as const,
    ),
  )
  await rename(aside, join(releases, id))
  await keepForOpenTabs(join(releases, id), Object.keys(files), site)
  const release: Manifest = { id, fingerprint, publishedAt: now.toISOString(), files }
  await writeAtomically(manifest(id), `${JSON.stringify(release)}\n`)
  await flip(site, id)
  return release
}

/** Copies one file, and what compression makes of it; answers the paths of all that was written. */
async function publishFile(from: string, to: string, changed: Date): Promise<readonly string[]> {
  const body = await readFile(from)
  const bodies = [{ path: to, body }, ...(await compressed(to, body))]
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  await Promise.all(bodies.map((one) => writeSafely(one.path, one.body, changed)))
  return bodies.map(({ path }) => path)
}

async function compressed(path: string, body: Buffer): Promise<readonly { path: string; body: Buffer }[]> {
  if (!isCompressible(path) || body.length < smallestCompressed) return []
  const [brotli, zipped] = await Promise.all([
    promisify(brotliCompress)(body, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
    promisify(gzip)(body, { level: 9 }),
  ])
  return [
    { path: `${path}.br`, body: brotli },
    { path: `${path}.gz`, body: zipped },
  ].filter((one) => one.body.length < body.length)
}

/** On the disk before it is served: a machine that loses power after the flip has no empty files. */
async function writeSafely(path: string, body: Buffer, changed: Date): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(body)
    await file.utimes(changed, changed)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Links each file that open tabs may ask for into one folder that only grows; the newest of a name is what stays. */
async function keepForOpenTabs(root: string, names: readonly string[], site: string): Promise<void> {
  const { kept } = paths(site)
  const wanted = names.filter((name) => isKept(plainName(name)))
  await eachAtOnce(wanted, async (name) => {
    const target = join(kept, name)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    // Over the old one in one go: it may have been changed by hand, or its name was no hash after all.
    const aside = join(site, `.kept-${name.replaceAll('/', '~')}`)
    await rm(aside, { force: true })
    await link(join(root, name), aside)
    await rename(aside, target)
  })
  await syncDirectory(kept)
}

/** What a run left behind that was killed: links that were never put in place, releases that were never complete. */
async function clearLeftovers(site: string): Promise<void> {
  const { releases, manifest } = paths(site)
  const [links, folders, manifests] = await Promise.all(
    [site, releases, dirname(manifest(''))].map((path) => readdir(path)),
  )
  const left = [
    ...(links ?? []).filter((name) => name.startsWith('.')).map((name) => join(site, name)),
    ...(manifests ?? []).filter((name) => name.startsWith('.')).map((name) => join(dirname(manifest('')), name)),
    ...(folders ?? []).filter((id) => !manifests?.includes(`${id}.json`)).map((id) => join(releases, id)),
  ]
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })))
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
    const count = new RegExp(`^${day}\\.(\\d+)-`).exec(name)?.[1]
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

import { chmod, copyFile, link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { isAlive } from '../../../src/core/process.ts'
import { counted, type Say } from '../../../src/core/staged.ts'
import type { World } from '../../../src/core/world.ts'
import { type CompressedBody, compressed, isTried, plainName, suffixOf } from './compress.ts'
import { layout, listReleases, liveRelease, servedRelease } from './layout.ts'
import type { Origin, Release } from './release.ts'
import { type Hashes, stage, type Staged } from './stage.ts'
import { type Built, changedMeanwhile, hashOfFile, type SourceFile } from './tree.ts'

/** Copies what is new of a built folder, compresses it, and links what is the same in the live release. */
export async function stageOnDisk(
  { folder, tree }: Built,
  site: string,
  origin: Origin,
  world: Pick<World, 'now' | 'signal' | 'run'>,
  progress: Say = () => undefined,
): Promise<Staged> {
  const { kept, shelf } = layout(site)
  await mkdir(kept, { recursive: true, mode: 0o755 })
  // Its list may be lost; it is served all the same.
  await shelf.prepare(await servedRelease(site))
  await clearLinks(site)
  const [live, releases] = [await liveRelease(site), await listReleases(site)]
  // Every folder counts, of one whose list is damaged, too.
  const taken = await readdir(shelf.releases)
  // What the build compressed itself is made anew: at the highest level, and of the very bytes that are served.
  const wanted = [...tree].filter(([name]) => plainName(name) === name || !tree.has(plainName(name)))
  const put = async (id: string, now: Date) => {
    // nginx's ETag is time and size: a page of the same size and time would be answered with "not modified".
    const changed = new Date(Math.max(now.getTime(), (await newestIndex(site)) + 1000))
    const placed = await shelf.put(id, world, (aside) => {
      const place = async ([name, { hash, size }]: readonly [string, SourceFile]) => {
        const same = live && live.files[name] === hash ? await linkSame(name, live, site, aside, changed) : undefined
        return { files: same ?? (await writeNew(name, hash, folder, aside, changed)), size: same ? undefined : size }
      }
      return eachAtOnce(wanted, counted(wanted.length, world, progress, place))
    })
    return { files: placed.flatMap((one) => one.files), sizes: placed.map(({ size }) => size) }
  }
  return stage(tree, { releases, taken, put }, origin, world.now())
}

/** The live web once more, as another release with another API: links, and nothing copied. */
export async function stageAgain(
  live: Release,
  site: string,
  origin: Origin,
  world: Pick<World, 'now' | 'signal' | 'run'>,
): Promise<Release> {
  const tree = new Map(Object.entries(live.files).map(([name, hash]) => [name, { hash, size: 0 }]))
  const { release } = await stageOnDisk({ folder: layout(site).shelf.root(live.id), tree }, site, origin, world)
  const { fingerprint, bytes } = live
  return { ...release, fingerprint, bytes }
}

/** The file and its compressed bodies as links to those of the live release; undefined where they are not whole there. */
async function linkSame(
  name: string,
  live: Release,
  site: string,
  aside: string,
  changed: Date,
): Promise<Hashes | undefined> {
  const bodies = ['', '.br', '.gz'].flatMap((suffix) => {
    const hash = live.files[`${name}${suffix}`]
    return hash === undefined ? [] : [[`${name}${suffix}`, hash] as const]
  })
  const from = layout(site).shelf.root(live.id)
  for (const [path, hash] of bodies) {
    // One that was changed by hand is not handed on.
    if ((await hashOfFile(join(from, path)).catch(() => undefined)) !== hash) return undefined
  }
  await mkdir(dirname(join(aside, name)), { recursive: true, mode: 0o755 })
  await Promise.all(bodies.map(([path]) => link(join(from, path), join(aside, path))))
  return [...bodies, ...(await writeBodies(name, await missingBodies(name, live, site), aside, changed))]
}

/**
 * What a publication now would compress of a file that the live release has plain: its type may not have counted when
 * that was published. Empty for what compresses badly, and where there is a body.
 */
async function missingBodies(name: string, live: Release, site: string): Promise<readonly CompressedBody[]> {
  if (Object.values(suffixOf).some((suffix) => live.files[`${name}${suffix}`] !== undefined)) return []
  const path = join(layout(site).shelf.root(live.id), name)
  // What is too large is not read, either.
  return isTried(name, (await stat(path)).size) ? compressed(name, await readFile(path)) : []
}

/** A file of the live release that would be compressed if it were published now; undefined where there is none. */
export async function uncompressedOf(site: string, live: Release): Promise<string | undefined> {
  const names = Object.keys(live.files).filter((name) => plainName(name) === name)
  const lacking = await eachAtOnce(names, async (name) => (await missingBodies(name, live, site)).length > 0)
  return names.find((_, index) => lacking[index])
}

/** Throws OperatorError where the file is not any more what it was when the folder was read. */
async function writeNew(name: string, hash: string, folder: string, aside: string, changed: Date): Promise<Hashes> {
  const to = join(aside, name)
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  await copyFile(join(folder, name), to)
  // Else a page might go live whose chunks are of another build, and be taken for what was asked for.
  if ((await hashOfFile(to)) !== hash) throw changedMeanwhile(name)
  await chmod(to, 0o644)
  await utimes(to, changed, changed)
  const bodies = await writeBodies(name, await compressed(name, await readFile(to)), aside, changed)
  return [[name, hash], ...bodies]
}

async function writeBodies(
  name: string,
  bodies: readonly CompressedBody[],
  aside: string,
  changed: Date,
): Promise<Hashes> {
  return Promise.all(
    bodies.map(async ({ suffix, body }) => {
      const path = `${name}${suffix}`
      const to = join(aside, path)
      await writeFile(to, body, { flag: 'wx', mode: 0o644 })
      await utimes(to, changed, changed)
      return [path, await hashOfFile(to)] as const
    }),
  )
}

/** What a run left behind that was killed: links that were never put in place. */
async function clearLinks(site: string): Promise<void> {
  const left = (await readdir(site)).filter((name) => name.startsWith('.') && !isRunning(name))
  await Promise.all(left.map((name) => rm(join(site, name), { recursive: true, force: true })))
}

/** A link that another process is just about to put in place: `.live-PID`. */
function isRunning(name: string): boolean {
  const pid = /^\.live-(\d+)$/.exec(name)?.[1]
  return pid !== undefined && isAlive(Number(pid))
}

/** When the live index was changed, in ms; 0 where there is none. */
async function newestIndex(site: string): Promise<number> {
  return stat(join(layout(site).live, 'index.html')).then(
    (info) => Math.floor(info.mtimeMs / 1000) * 1000,
    () => 0,
  )
}

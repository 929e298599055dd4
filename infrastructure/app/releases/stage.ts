import { chmod, copyFile, link, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { Interrupted } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import { syncDirectory, syncFileSystem, writeAtomically } from '../../../src/targets/local/files.ts'
import {
  type ApiRelease,
  apiLayout,
  apiRelease,
  type Entry,
  listManifests,
  type Manifest,
  readManifest,
} from './layout.ts'
import { fileEntry, fingerprintOf, type Program } from './program.ts'

export type StagedApi = {
  readonly release: ApiRelease
  /** Files that the live API does not have, and their bytes. */
  readonly written: { readonly files: number; readonly bytes: number }
}

type File = Extract<Entry, { kind: 'file' }>

/**
 * Puts a program beside the live one: copies what is new, links what is the same. Nothing runs of it yet; killed at any
 * point, nothing ever does. One that is there already, and whole, is taken as it is.
 */
export async function stageApi(
  folder: string,
  program: Program,
  state: string,
  liveId: string | undefined,
  world: Pick<World, 'run' | 'signal'>,
  progress: (done: number, of: number) => void = () => undefined,
): Promise<StagedApi> {
  const { releases, manifests, manifest, root } = apiLayout(state)
  await Promise.all([releases, manifests].map((path) => mkdir(path, { recursive: true, mode: 0o700 })))
  await clearLeftovers(state, liveId)
  const known = await listManifests(state)
  const fingerprint = fingerprintOf(program)
  for (const { id } of known.filter((one) => one.fingerprint === fingerprint)) {
    if ((await damageOfApi(state, id)) === undefined) return { release: apiRelease(state, id), written: nothing }
  }
  const id = freeId(await readdir(releases), fingerprint)
  const aside = join(releases, `.${id}`)
  await mkdir(aside)
  const live = known.find((one) => one.id === liveId)
  const of = <Kind extends Entry['kind']>(kind: Kind) =>
    [...program].filter((one): one is [string, Extract<Entry, { kind: Kind }>] => one[1].kind === kind)
  // Sorted, so that a folder comes before those in it.
  for (const [name] of of('folder')) await mkdir(join(aside, name))
  const files = of('file')
  let done = 0
  const placed = await eachAtOnce(files, async ([name, file]) => {
    if (world.signal.aborted) throw new Interrupted()
    const linked = await linkSame(name, file, live && { manifest: live, root: root(live.id) }, aside)
    if (!linked) await copy(join(folder, name), join(aside, name), file)
    progress(++done, files.length)
    return linked ? 0 : file.size
  })
  for (const [name, { target }] of of('link')) await symlink(target, join(aside, name))
  // On the disk before it runs: a machine that loses power after the start has no empty files.
  await syncFileSystem(aside, world)
  await rename(aside, root(id))
  await syncDirectory(releases)
  const made: Manifest = { id, fingerprint, entries: Object.fromEntries(program) }
  await writeAtomically(manifest(id), `${JSON.stringify(made)}\n`)
  const sizes = placed.filter((size) => size > 0)
  return {
    release: apiRelease(state, id),
    written: { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) },
  }
}

const nothing = { files: 0, bytes: 0 } as const

/** `ab12cd34ef56`: the content; with a count where a copy of the same content was damaged, and processes run in it. */
function freeId(known: readonly string[], fingerprint: string): string {
  const id = fingerprint.slice(0, 12)
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? id : `${id}.${count}`
    if (!known.includes(candidate)) return candidate
  }
}

async function linkSame(
  name: string,
  file: File,
  live: { manifest: Manifest; root: string } | undefined,
  aside: string,
): Promise<boolean> {
  const before = live?.manifest.entries[name]
  if (!live || !before || !isSame(before, file)) return false
  const from = join(live.root, name)
  // One that was changed by hand is not handed on.
  if (!isSame(await fileEntry(from).catch(() => undefined), file)) return false
  await link(from, join(aside, name))
  return true
}

/** Not to be written: the file may be the same one in several releases. */
async function copy(from: string, to: string, { executable }: File): Promise<void> {
  await copyFile(from, to)
  await chmod(to, executable ? 0o555 : 0o444)
}

const isSame = (found: Entry | undefined, wanted: Entry): boolean => {
  if (found?.kind === 'file' && wanted.kind === 'file')
    return found.hash === wanted.hash && found.executable === wanted.executable
  if (found?.kind === 'link' && wanted.kind === 'link') return found.target === wanted.target
  return found?.kind === wanted.kind
}

/** How a published API that is not whole any more is had again. */
export const publishedAnew = 'edge publish FOLDER --api FOLDER, with the same build, has it whole again'

/** What is missing or changed in an API release, in words; undefined where it is whole. What was added does not count. */
export async function damageOfApi(state: string, id: string): Promise<string | undefined> {
  const manifest = await readManifest(state, id)
  if (!manifest) return 'its list of files is missing'
  const root = apiLayout(state).root(id)
  const seen = await eachAtOnce(Object.entries(manifest.entries), async ([name, entry]) => {
    const path = join(root, name)
    const found = await readEntry(path, entry).catch(() => undefined)
    if (isSame(found, entry)) return undefined
    return `${name} ${found === undefined ? 'is missing' : 'was changed'}`
  })
  return seen.find((problem) => problem !== undefined)
}

async function readEntry(path: string, { kind }: Entry): Promise<Entry> {
  if (kind === 'link') return { kind, target: await readlink(path) }
  if (kind === 'file') return fileEntry(path)
  await readdir(path)
  return { kind }
}

/** Deletes the API releases that no web release names. Answers which those were. */
export async function pruneApis(state: string, named: ReadonlySet<string>): Promise<readonly string[]> {
  const { manifest, root } = apiLayout(state)
  const gone = (await listManifests(state)).map(({ id }) => id).filter((id) => !named.has(id))
  for (const id of gone) {
    // The list first: a folder without one is a leftover, which the next run clears away.
    await rm(manifest(id), { force: true })
    await rm(root(id), { recursive: true, force: true })
  }
  return gone
}

/** What a run left behind that was killed: folders that were never complete, and lists that were never put in place. */
async function clearLeftovers(state: string, liveId: string | undefined): Promise<void> {
  const { releases, manifests } = apiLayout(state)
  const [folders, lists] = await Promise.all([releases, manifests].map((path) => readdir(path)))
  const left = [
    ...(lists ?? []).filter((name) => name.startsWith('.')).map((name) => join(manifests, name)),
    ...(folders ?? []).filter((id) => id !== liveId && !lists?.includes(`${id}.json`)).map((id) => join(releases, id)),
  ]
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })))
}

import { chmod, copyFile, link, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { counted, type Say, type Written, writtenOf } from '../../../src/core/staged.ts'
import type { World } from '../../../src/core/world.ts'
import { writeAtomically } from '../../../src/targets/local/files.ts'
import { type ApiRelease, apiLayout, apiRelease, type Entry, type Manifest } from './layout.ts'
import { fileEntry, fingerprintOf, type Program } from './program.ts'

export type StagedApi = {
  readonly release: ApiRelease
  /** Files that the live API does not have, and their bytes. */
  readonly written: Written
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
  progress: Say = () => undefined,
): Promise<StagedApi> {
  const { shelf } = apiLayout(state)
  await shelf.prepare(liveId)
  const known = await shelf.whole()
  const fingerprint = fingerprintOf(program)
  for (const { id } of known.filter((one) => one.fingerprint === fingerprint)) {
    if ((await damageOfApi(state, id)) === undefined) return { release: apiRelease(state, id), written: writtenOf([]) }
  }
  const id = freeId(await readdir(shelf.releases), fingerprint)
  const live = known.find((one) => one.id === liveId)
  const of = <Kind extends Entry['kind']>(kind: Kind) =>
    [...program].filter((one): one is [string, Extract<Entry, { kind: Kind }>] => one[1].kind === kind)
  const files = of('file')
  const brought = await shelf.put(id, world, async (aside) => {
    // Sorted, so that a folder comes before those in it.
    for (const [name] of of('folder')) await mkdir(join(aside, name))
    const place = async ([name, file]: readonly [string, File]): Promise<number | undefined> => {
      if (await linkSame(name, file, live && { manifest: live, root: shelf.root(live.id) }, aside)) return undefined
      await copy(join(folder, name), join(aside, name), file)
      return file.size
    }
    const sizes = await eachAtOnce(files, counted(files.length, world, progress, place))
    for (const [name, { target }] of of('link')) await symlink(target, join(aside, name))
    return sizes
  })
  const made: Manifest = { id, fingerprint, entries: Object.fromEntries(program) }
  await writeAtomically(shelf.manifest(id), `${JSON.stringify(made)}\n`)
  return { release: apiRelease(state, id), written: writtenOf(brought) }
}

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
  const { shelf } = apiLayout(state)
  const manifest = await shelf.read(id)
  if (!manifest) return 'its list of files is missing'
  const seen = await eachAtOnce(Object.entries(manifest.entries), async ([name, entry]) => {
    const path = join(shelf.root(id), name)
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

/**
 * Deletes the API releases that no web release names, and no service starts in: processes may be those of one whose
 * publication was cut off. Answers which those were.
 */
export async function pruneApis(
  state: string,
  named: ReadonlySet<string>,
  /** What the services of the instance do when they start. */
  started: readonly string[],
): Promise<readonly string[]> {
  const { shelf } = apiLayout(state)
  const gone = (await shelf.whole())
    .map(({ id }) => id)
    .filter((id) => !named.has(id) && !started.some((run) => startsIn(run, shelf.root(id))))
  for (const id of gone) await shelf.remove(id)
  return gone
}

/** `…/ab12cd34ef56.2` is another folder than `…/ab12cd34ef56`. */
const startsIn = (run: string, folder: string): boolean => run.includes(`${folder}'`) || run.includes(`${folder}/`)

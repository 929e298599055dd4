import { chmod, copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { mayBeKept } from '../classes.ts'
import { compressed, plainName } from './compress.ts'
import { addUnpurged, damagedFiles, layout, listReleases } from './layout.ts'
import type { Release } from './release.ts'
import { type Built, hashOf, hashOfFile } from './tree.ts'

/** A file that is not as it was published, and the same one from elsewhere. */
type Repair = { readonly name: string; readonly to: string; readonly from: Copy }
type Copy = { readonly path: string } | { readonly body: Buffer }

export type Damage = {
  readonly repairs: readonly Repair[]
  /** Files of the live release of which there is no other copy here. */
  readonly lost: readonly string[]
}

/**
 * What a hand has taken or changed of the live release, and of the files that are kept for open tabs: with another copy
 * of each, from another release, from the kept files, or from the folder that was built. Nothing is changed.
 */
export async function damageToMend(site: string, live: Release, built: Built | undefined): Promise<Damage> {
  const releases = await listReleases(site)
  const { repairs, lost } = await damageIn(live, site, releases, built)
  return { repairs: [...repairs, ...(await keptToMend(site, releases))], lost }
}

/**
 * Writes anew what is damaged of any release and of the kept files, and of which there is another copy: a file that
 * releases share is damaged in all of them. Answers the paths, each once.
 */
export async function mendAll(site: string, built: Built): Promise<readonly string[]> {
  const releases = await listReleases(site)
  const found = await eachAtOnce(releases, (release) => damageIn(release, site, releases, built))
  const repairs = found.flatMap((damage) => damage.repairs)
  if (repairs.length > 0) await mend(site, { repairs, lost: [] })
  // Only now: a kept file is made of its release's.
  const ofKept = await keptToMend(site, releases)
  if (ofKept.length > 0) await mend(site, { repairs: ofKept, lost: [] })
  return [...new Set([...repairs, ...ofKept].map(({ name }) => name))]
}

/** What is damaged of one release, with another copy of each where there is one. */
async function damageIn(
  release: Release,
  site: string,
  releases: readonly Release[],
  built: Built | undefined,
): Promise<Damage> {
  const { shelf, kept } = layout(site)
  const root = shelf.root(release.id)
  const found = await eachAtOnce(await damagedFiles(site, release), async ({ name, hash }) => {
    const places = [
      ...releases.filter(({ files }) => files[name] === hash).map(({ id }) => join(shelf.root(id), name)),
      join(kept, name),
      ...(built?.tree.get(name)?.hash === hash ? [join(built.folder, name)] : []),
    ]
    const path = await firstOf(places, hash)
    const from = path === undefined ? await madeAnew(join(root, plainName(name)), name, hash) : { path }
    return { name, to: join(root, name), from }
  })
  const repairs = found.flatMap(({ from, ...to }) => (from === undefined ? [] : [{ ...to, from }]))
  const lost = found.filter(({ from }) => from === undefined).map(({ name }) => name)
  return { repairs, lost }
}

/** Puts the other copies in place of what was damaged, and has the caches forget what they have of it. */
export async function mend(site: string, { repairs }: Damage): Promise<void> {
  await addUnpurged(site, [...new Set(repairs.map(({ name }) => plainName(name)))])
  for (const [index, { to, from }] of repairs.entries()) {
    const aside = join(site, `.mended-${index}`)
    await rm(aside, { force: true })
    if ('body' in from) await writeFile(aside, from.body)
    // No link: a hand that writes into one of two damages both.
    else await copyFile(from.path, aside)
    await chmod(aside, 0o644)
    await mkdir(dirname(to), { recursive: true, mode: 0o755 })
    await rename(aside, to)
  }
}

async function firstOf(places: readonly string[], hash: string): Promise<string | undefined> {
  for (const place of places) if ((await hashOfFile(place).catch(() => undefined)) === hash) return place
  return undefined
}

/** A compressed body, from the file that it is the body of; undefined where that does not give the same one. */
async function madeAnew(plain: string, name: string, hash: string): Promise<Copy | undefined> {
  const bodies = await readFile(plain)
    .then((body) => compressed(plain, body))
    .catch(() => [])
  const body = bodies.find(({ suffix }) => name === `${plainName(name)}${suffix}`)?.body
  return body !== undefined && hashOf(body) === hash ? { body } : undefined
}

/** Files that open tabs may ask for, and that are not as the newest release with them has them. */
async function keptToMend(site: string, releases: readonly Release[]): Promise<readonly Repair[]> {
  const { shelf, kept } = layout(site)
  const newest = new Map(
    releases.flatMap((release) =>
      Object.keys(release.files)
        .filter((name) => mayBeKept(plainName(name), release.hashedFolders))
        .map((name) => [name, release] as const),
    ),
  )
  const repairs = await eachAtOnce([...newest], async ([name, { id, files }]) => {
    const [from, to, hash] = [join(shelf.root(id), name), join(kept, name), files[name] ?? '']
    // Two names of one file: nothing of it is read, and what is wrong with it is wrong with the release.
    if ((await idOf(to)) === (await idOf(from))) return []
    if ((await hashOfFile(to).catch(() => undefined)) === hash) return []
    return (await firstOf([from], hash)) === undefined ? [] : [{ name, to, from: { path: from } }]
  })
  return repairs.flat()
}

/** Of a file on its disk; undefined where there is none. */
const idOf = (path: string): Promise<string | undefined> =>
  stat(path).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  )

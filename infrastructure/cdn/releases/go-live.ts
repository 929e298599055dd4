import { link, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { filesBelow, readText, syncDirectory, writeAtomically } from '../../../src/targets/local/files.ts'
import { isKept, mayBeKept } from '../classes.ts'
import { plainName, suffixOf } from './compress.ts'
import { addUnpurged, layout, liveRelease, pointLiveAt, recordFlip, servedRelease, whileFlipping } from './layout.ts'
import type { Flip, Flipping, Release } from './release.ts'
import { hashOf } from './tree.ts'

/**
 * Links each file of a staged release that open tabs may ask for into one folder that only grows; the newest of a name is
 * what stays. From then on these are served: no sooner than nothing but the flip is left to do.
 */
export async function keepForOpenTabs(site: string, { id, files, hashedFolders }: Release): Promise<void> {
  const { kept, shelf } = layout(site)
  const wanted = Object.keys(files).filter((name) => mayBeKept(plainName(name), hashedFolders))
  await eachAtOnce(wanted, async (name) => {
    const target = join(kept, name)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    // Over the old one in one go: it may have been changed by hand, or its name was no hash after all.
    const aside = join(site, `.kept-${hashOf(name)}`)
    await rm(aside, { force: true })
    await link(join(shelf.root(id), name), aside)
    await rename(aside, target)
    // Of two links to one file, rename leaves both.
    await rm(aside, { force: true })
  })
  // A body that the new file has not would be sent in its place to whoever takes that encoding.
  const outdated = wanted
    .filter((name) => !isKept(plainName(name), hashedFolders))
    .flatMap((name) => Object.values(suffixOf).map((suffix) => `${plainName(name)}${suffix}`))
    .filter((name) => files[name] === undefined)
  await eachAtOnce([...new Set(outdated)], (name) => rm(join(kept, name), { force: true }))
  const folders = new Set(['.', ...wanted.flatMap(foldersAbove)])
  await eachAtOnce([...folders], (folder) => syncDirectory(join(kept, folder)))
}

/** `assets/js/app.js` → `assets/js`, `assets` */
function foldersAbove(name: string): readonly string[] {
  const folder = dirname(name)
  return folder === '.' ? [] : [folder, ...foldersAbove(folder)]
}

/**
 * Makes a staged or an earlier release the one that is served. What the caches may still hold of the one before is
 * written down first, and purged by purgeCaches(). A staged one is written down as a release here and no sooner: nobody
 * goes back to one that a killed run never made live, whose API and schema may not be there. The history is written
 * before the flip, too: a rollback learns from it where it leads, whatever becomes of a run that was killed after it.
 */
export async function goLive(site: string, release: Release, { how, by, at }: Flipping): Promise<Flip> {
  return whileFlipping(site, async () => {
    const before = await liveRelease(site)
    await addUnpurged(site, staleAfter(before ?? (await servedWithoutList(site)), release))
    const flip: Flip = { at: at().toISOString(), release: release.id, before: before?.id ?? null, how, by }
    await recordFlip(site, flip)
    const manifest = layout(site).shelf.manifest(release.id)
    if ((await readText(manifest)) === undefined) await writeAtomically(manifest, `${JSON.stringify(release)}\n`)
    await syncDirectory(dirname(manifest))
    await pointLiveAt(site, release.id)
    return flip
  })
}

/** What is served where the list of the live release cannot be read: the caches may have any of it, of any content. */
async function servedWithoutList(site: string): Promise<Pick<Release, 'files' | 'hashedFolders'> | undefined> {
  const { live } = layout(site)
  if ((await servedRelease(site)) === undefined) return undefined
  const names = await filesBelow(join(live, '.')).catch(() => [])
  return { files: Object.fromEntries(names.map((name) => [name, 'not known'])) }
}

/** The paths whose answer changes when one release follows another: changed, gone, and new in the place of a kept one. */
function staleAfter(before: Pick<Release, 'files' | 'hashedFolders'> | undefined, after: Release): readonly string[] {
  const old = before?.files ?? {}
  const isStale = (name: string): boolean => {
    const [was, is] = [old[name], after.files[name]]
    if (was === is) return false
    if (was !== undefined && is !== undefined) return true
    const plain = plainName(name)
    // In the place of a compressed body that is made only now, the caches have the plain one.
    if (is !== undefined && plain !== name && old[plain] !== undefined) return true
    const folders = (is === undefined ? before : after)?.hashedFolders
    // Of one content, that is answered whether the live release has it or not.
    if (isKept(plain, folders)) return false
    return is === undefined || mayBeKept(plain, folders)
  }
  return [...new Set([...Object.keys(old), ...Object.keys(after.files)].filter(isStale).map(plainName))]
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { OperatorError } from '../../../src/core/errors.ts'
import { isKept } from '../classes.ts'
import { isReachable } from '../routing.ts'
import type { Origin, Release } from './release.ts'
import type { Built } from './tree.ts'

/** A page, and a file that it names and that nobody gets. */
type Unfound = { readonly page: string; readonly file: string }

/** Pages to look at: where they lie, and what else there is for them, in the release and of earlier ones. */
type Pages = {
  readonly folder: string
  readonly names: readonly string[]
  readonly earlier: readonly Pick<Release, 'files'>[]
  readonly hashedFolders: readonly string[] | undefined
}

/**
 * The first page that names a file of one content (a chunk, a style sheet) which is neither beside it nor kept of an earlier
 * release. A name with a hash comes out of the build itself: the page is of another build than the files.
 */
export async function unfoundFile({ folder, names, earlier, hashedFolders }: Pages): Promise<Unfound | undefined> {
  const there = new Set([...names, ...earlier.flatMap(({ files }) => Object.keys(files))])
  const pages = names.filter((name) => /\.html?$/i.test(name))
  const found = await eachAtOnce(pages, async (page) => {
    const named = await namedIn(await readFile(join(folder, page), 'utf8'), page, (name) => {
      return isKept(name, hashedFolders) && isReachable(name) && !there.has(name)
    })
    return named === undefined ? [] : [{ page, file: named }]
  })
  return found.flat()[0]
}

/** Throws OperatorError where a page of a build names a file that nobody would get. */
export async function refuseUnfoundFiles(
  { folder, tree }: Built,
  earlier: readonly Release[],
  { hashedFolders }: Origin,
): Promise<void> {
  const unfound = await unfoundFile({ folder, names: [...tree.keys()], earlier, hashedFolders })
  if (!unfound) return
  const what = `${unfound.page} names /${unfound.file}, which is neither in ${folder} nor kept of an earlier release`
  throw new OperatorError('publish', what, [
    'did the build end halfway, or is the page of another build? build it anew',
    'nothing was changed; what was live is live',
  ])
}

/** An attribute that may lead to a file, as cheap as many pages ask for: only what looks wrong is parsed. */
const attribute = /\b(?:src|href)\s*=\s*["']?([^"'\s>]+)/gi
const baseOf = /<base\s[^>]*?\bhref\s*=\s*["']?([^"'\s>]+)/i
const here = 'https://site.invalid'

/** The first file that a page has a browser load and that `isWanted` is true of. */
async function namedIn(html: string, page: string, isWanted: (name: string) => boolean): Promise<string | undefined> {
  const { ownPaths, referencesIn } = await import('../assets.ts')
  const base = URL.parse(baseOf.exec(html)?.[1] ?? '', `${here}/${page}`)
  if (base?.origin !== here) return undefined
  const first = (references: readonly (string | undefined)[]): string | undefined =>
    ownPaths(references, base.href).map(nameOf).find(isWanted)
  const suspected = first([...html.matchAll(attribute)].map(([, value]) => value))
  return suspected === undefined ? undefined : first(referencesIn(html))
}

/** The file of a path; one that cannot be read as such is none that a build has. */
function nameOf(path: string): string {
  try {
    return decodeURIComponent(path.slice(1))
  } catch {
    return path.slice(1)
  }
}

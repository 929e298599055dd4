import { readdir, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { eachAtOnce } from '../../src/core/at-once.ts'
import type { LinksOut } from './catalog.ts'

/**
 * Links below a folder that lead to a file or a folder out of all that is backed up: restic keeps such a link, and nothing of
 * what it leads to. One that leads to nothing counts as well: a disk that is not mounted looks like that.
 */
export async function linksOut(folder: string, backedUp: readonly string[]): Promise<LinksOut> {
  const places = [...backedUp, ...(await Promise.all(backedUp.map(endOf)))]
  return those(await linksBelow(folder), async (link) => {
    const to = await endOf(link)
    return isIn(places, to) || !(await isContent(link)) ? [] : [{ link, to }]
  })
}

/** The same of a copy of that folder which lies below another one: by what the links say, as what is live is none of it. */
export const linksOutOfCopy = async (below: string, folder: string, backedUp: readonly string[]): Promise<LinksOut> =>
  those(await linksBelow(join(below, folder)), async (path) => {
    const link = join('/', relative(below, path))
    const to = resolve(dirname(link), await readlink(path))
    return isIn(backedUp, to) ? [] : [{ link, to }]
  })

/** A tree may be made of nothing else. */
const namedAtMost = 20

async function those(links: readonly string[], seen: (link: string) => Promise<LinksOut['first']>): Promise<LinksOut> {
  const found = (await eachAtOnce(links.toSorted(), seen)).flat()
  return { count: found.length, first: found.slice(0, namedAtMost) }
}

/** A folder that cannot be read fails the backup by itself, and one that has just gone is in none. */
async function linksBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  const folders = [folder]
  for (const path of folders)
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory()) folders.push(join(path, entry.name))
      if (entry.isSymbolicLink()) found.push(join(path, entry.name))
    }
  return found
}

const isIn = (places: readonly string[], path: string): boolean =>
  places.some((place) => path === place || path.startsWith(`${place}/`))

/** Where a path leads, over all links; of a link that leads to nothing, where it says. */
const endOf = (path: string): Promise<string> =>
  realpath(path).catch(async () => {
    const folder = await realpath(dirname(path)).catch(() => dirname(path))
    return readlink(path).then(
      (to) => resolve(folder, to),
      () => path,
    )
  })

/** Of a device or a socket there is nothing to back up. */
const isContent = (link: string): Promise<boolean> =>
  stat(link).then(
    (info) => info.isFile() || info.isDirectory(),
    () => true,
  )

/** The first ones by their names, and what becomes of all of them; undefined where there is none. */
export function sayLinksOut({ count, first }: LinksOut): string | undefined {
  const named = first.slice(0, 2).map(({ link, to }) => `${link} leads to ${to}`)
  if (named.length === 0) return undefined
  const more = count > named.length ? `, and ${count - named.length} more lead out` : ''
  const what =
    count === 1
      ? 'the link is in the backup, and nothing of what it leads to'
      : 'the links are in the backup, and nothing of what they lead to'
  return `${named.join(', ')}${more}: ${what}`
}

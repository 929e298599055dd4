import { parse } from 'node-html-parser'
import { type AssetClass, classOf } from './classes.ts'
import type { SiteClient } from './fetch.ts'

/** The files that the homepage leads to, by class: paths on the site. */
export type Assets = Readonly<Record<AssetClass, readonly string[]>>

/** More of a class say nothing new. */
const enough = 12

/** Finds them as a browser does: in the page, and in its style sheets. Throws where there is no page to look at. */
export async function findAssets({ ask }: SiteClient, hashedFolders?: readonly string[]): Promise<Assets> {
  const home = await ask('/', { headers: { accept: 'text/html' } })
  // Without this a site that is down would promise nothing, and so break nothing.
  if (home.status !== 200) throw new Error(`the homepage answers ${home.status}`)
  const direct = ownPaths(referencesIn(home.body.toString()), '/')
  const sheets = direct.filter((path) => path.endsWith('.css')).slice(0, enough)
  const inside = await Promise.all(
    sheets.map(async (sheet) => {
      const css = (await ask(sheet)).body.toString()
      return ownPaths(
        [...css.matchAll(/url\(\s*["']?([^"')]+)["']?\s*\)/g)].map((match) => match[1]),
        sheet,
      )
    }),
  )
  const all = [...new Set([...direct, ...inside.flat()])]
  const of = (wanted: AssetClass): string[] =>
    all.filter((path) => classOf(path, hashedFolders) === wanted).slice(0, enough)
  return { hashed: of('hashed'), image: of('image'), font: of('font'), other: of('other') }
}

/** What a page names for a browser to load with it, as it is written there. */
export function referencesIn(html: string): readonly (string | undefined)[] {
  return parse(html)
    .querySelectorAll('script[src], link[href], img[src], source[srcset], img[srcset]')
    .flatMap((element) => [
      element.getAttribute('src'),
      element.getAttribute('href'),
      ...(element.getAttribute('srcset') ?? '').split(',').map((entry) => entry.trim().split(' ')[0]),
    ])
}

/** Paths on the site itself; what lies elsewhere, or in the page itself, is not the CDN's. */
export function ownPaths(references: readonly (string | undefined)[], base: string): string[] {
  const here = new URL(base, 'https://site.invalid')
  return references.flatMap((reference) => {
    if (reference === undefined || reference === '') return []
    const url = URL.parse(reference, here.href)
    return url?.host === here.host ? [url.pathname] : []
  })
}

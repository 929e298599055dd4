import { parse } from 'node-html-parser'
import { ownPaths } from './assets.ts'
import type { Ours } from './endpoint.ts'
import { isOfApi, isRoute, pathsTo } from './routing.ts'

/** More of them say nothing new. */
const enough = 6
/** Of an app with one page for all paths, any is one of its pages. */
const anyPath = '/edge-check/any-page'

/**
 * Pages of the app that the checks ask for beside the homepage, by their paths: a location of nginx for one of them
 * changes no other. Those that visitors come to, those that were published, those that the homepage leads to.
 */
export async function appRoutes(
  known: Pick<Ours, 'routes' | 'published' | 'settings'> | undefined,
  homepage: string,
): Promise<readonly string[]> {
  const paths = [...(known ? await knownPaths(known) : []), ...linksIn(homepage)]
  const all = known?.settings.pages === 'app' ? [...paths, anyPath] : paths
  return [...new Set(all)].filter((path) => path !== '/' && !isOfApi(path)).slice(0, enough)
}

async function knownPaths({ routes, published, settings }: Pick<Ours, 'routes' | 'published' | 'settings'>) {
  const files = Object.keys((await published())?.files ?? {})
  return [...routes, ...files.flatMap((name) => pathsTo(name, settings.pages)).map(encoded)]
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** Where a visitor gets from a page by a click, on the site itself. */
function linksIn(html: string): readonly string[] {
  const links = parse(html).querySelectorAll('a[href]')
  const paths = ownPaths(
    links.map((link) => link.getAttribute('href')),
    '/',
  )
  return paths.filter((path) => isRoute(path, []))
}

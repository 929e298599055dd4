import { type PageStyle, pathsTo } from './routing.ts'

/** A request, and what the host of a site answers to it: one table for every target. */
export type SpaCase = {
  readonly name: string
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * A page: that file of the build with status 200; `missing`: 404 and not the homepage; `refused`: a client error that is
   * not the homepage; `api`: whatever the API says (some ask for a login first), but not the homepage.
   */
  readonly answer: { readonly page: string } | 'missing' | 'refused' | 'api'
}

const navigation = { 'sec-fetch-mode': 'navigate', accept: 'text/html,application/xhtml+xml' }
const old = { accept: 'text/html,application/xhtml+xml' }
const script = { 'sec-fetch-mode': 'cors', accept: '*/*' }

/** A folder of the tests' site in which each file has another name for each content; its pages have paths as all others. */
export const exampleHashedFolder = 'build'

/** The pages of a site that the tests have; nobody can ask for that below /api. */
export const examplePages = [
  'index.html',
  'about.html',
  'docs/index.html',
  'docs/start.html',
  'docs/start/index.html',
  'docs/c++/index.html',
  'c++.html',
  `${exampleHashedFolder}/notes.html`,
  `${exampleHashedFolder}/notes/index.html`,
  'api/index.html',
]

/**
 * The rule. Of one page: the app answers a navigation to a path that is not the API's and names no file; nothing else. Of
 * many: each path has its own page for everybody, and one without a page is missing.
 */
export function spaCases(style: PageStyle, pages: readonly string[]): readonly SpaCase[] {
  const unknown = style === 'app' ? { page: 'index.html' } : 'missing'
  return [
    { name: 'a deep link', method: 'GET', path: '/some/deep/link', headers: navigation, answer: unknown },
    { name: 'a deep link with a query', method: 'GET', path: '/some/link?a=b.c', headers: navigation, answer: unknown },
    { name: 'a deep link with a slash', method: 'GET', path: '/some/deep/link/', headers: navigation, answer: unknown },
    { name: 'a deep link, old browser', method: 'GET', path: '/some/deep/link', headers: old, answer: unknown },
    { name: 'a head of a deep link', method: 'HEAD', path: '/some/deep/link', headers: navigation, answer: unknown },
    { name: 'a request of a script', method: 'GET', path: '/some/deep/link', headers: script, answer: 'missing' },
    { name: 'a missing file', method: 'GET', path: '/some/picture.png', headers: navigation, answer: 'missing' },
    {
      name: 'a missing chunk',
      method: 'GET',
      path: '/assets/gone-0a1b2c3d.js',
      headers: navigation,
      answer: 'missing',
    },
    {
      name: 'an unknown path of the API',
      method: 'GET',
      path: '/api/edge-check-unknown',
      headers: navigation,
      answer: 'api',
    },
    { name: 'a post to a page', method: 'POST', path: '/some/deep/link', headers: navigation, answer: 'refused' },
    ...pages.flatMap((page) =>
      pathsTo(page, style)
        .flatMap(written)
        .map((path) => ({
          name: `the page ${page}`,
          method: 'GET' as const,
          path,
          headers: script,
          answer: { page },
        })),
    ),
    ...pages
      .filter((page) => page.includes('+'))
      .flatMap((page) =>
        written(page).map((path) => ({
          name: `the file ${page}`,
          method: 'GET' as const,
          path: `/${path}`,
          headers: script,
          answer: { page },
        })),
      ),
  ]
}

/** A path as it is asked for: with each character encoded, and with a bare +, as browsers leave it. */
function written(path: string): readonly string[] {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return [...new Set([encoded, encoded.replaceAll('%2B', '+')])]
}

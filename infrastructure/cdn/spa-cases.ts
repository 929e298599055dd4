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

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html,*/*;q=0.8' }
const nobody = { accept: '*/*' }
const script = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }
const json = { ...script, accept: 'application/json, text/plain, */*' }
const partOf = (destination: string): Readonly<Record<string, string>> => ({
  'sec-fetch-mode': 'no-cors',
  'sec-fetch-dest': destination,
  accept: '*/*',
})

/** Whoever gets a page of the app. */
const getThePage: readonly (readonly [who: string, headers: Readonly<Record<string, string>>])[] = [
  ['a navigation', navigation],
  ['an old browser', { accept: 'text/html,application/xhtml+xml' }],
  ['curl, or a monitor', nobody],
  ['a client that says nothing', {}],
  ['a preview of a link', { accept: '*/*', 'user-agent': 'facebookexternalhit/1.1' }],
  ['a frame of a page', { ...navigation, 'sec-fetch-dest': 'iframe' }],
  ['a script that wants a page', { ...script, accept: 'text/html' }],
  ['a service worker that fills its cache', script],
  ['a prefetch', { ...script, 'sec-fetch-mode': 'no-cors', 'sec-purpose': 'prefetch' }],
  ['a program that wants JSON and is no browser', { accept: 'application/json' }],
  ['a navigation to a viewer of JSON', { ...navigation, accept: 'application/json' }],
]

/** Browsers that say that they want something else. */
const getNoPage: typeof getThePage = [
  ...['script', 'style', 'image', 'font', 'video', 'manifest', 'worker', 'json'].map(
    (destination) => [`a browser for a ${destination}`, partOf(destination)] as const,
  ),
  ['a script that wants JSON', json],
  ['a script of the same origin that wants JSON', { ...json, 'sec-fetch-mode': 'same-origin' }],
  ['a script that wants JSON of a kind', { ...script, accept: 'application/vnd.api+json' }],
]

/** Paths of an app, as they are typed. */
const routes = [
  '/some/deep/link',
  '/some/link?a=b.c',
  '/some/deep/link/',
  '/users/jane.doe',
  '/users/jane%2Edoe',
  '/items/1.1',
  '/docs/v2.0',
  '/v1.2/users',
  '/sites/example.com',
  '/assets/gone.js/',
  '/apiary',
  '/some/J%C3%BCrgen',
]

/** What names a type of file that the web knows, and is not there. */
const missingFiles = [
  '/some/picture.png',
  '/some/PICTURE.PNG',
  '/some/picture%2Epng',
  '/assets/gone-0a1b2c3d.js',
  '/gone.js?v=1',
  '/v1.2/gone.css',
  '/edge-check-gone.txt',
  '/gone.json',
  '/gone.map',
  '/wp-login.php',
  '/gone.mp4',
  '/gone.html',
]

/** What machines ask for by its own name, and is not there. */
const unknownToMachines = ['/.well-known/edge-check-gone', '/.well-known/edge-check/gone', '/.well-known/gone.doe']

/**
 * The rule. Of one page: the app answers whatever is not the API's, no file, and no type of file that the web knows, but
 * where a browser says that it wants no page. Of many: each path has its own page for everybody, and one without a page is
 * missing.
 */
export function spaCases(style: PageStyle, pages: readonly string[]): readonly SpaCase[] {
  const unknown = style === 'app' ? { page: 'index.html' } : 'missing'
  const get = (
    name: string,
    path: string,
    headers: SpaCase['headers'],
    answer: SpaCase['answer'],
    method: SpaCase['method'] = 'GET',
  ): SpaCase => ({ name, method, path, headers, answer })
  return [
    ...getThePage.map(([who, headers]) => get(`a deep link to ${who}`, '/some/deep/link', headers, unknown)),
    ...getNoPage.map(([who, headers]) => get(`a deep link to ${who}`, '/some/deep/link', headers, 'missing')),
    get('a dotted path to a browser for an image', '/users/jane.doe', partOf('image'), 'missing'),
    get('a hidden file', '/some/.env', nobody, 'missing'),
    get('an unknown path of the API', '/api/edge-check-unknown', navigation, 'api'),
    get('a post to a page', '/some/deep/link', navigation, 'refused', 'POST'),
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
    ...routes.map((path) => get('a path of the app', path, nobody, unknown)),
    get('a reload of a path with a dot', '/users/jane.doe', navigation, unknown),
    get('a head of a path with a dot', '/users/jane.doe', nobody, unknown, 'HEAD'),
    get('a head of a path of the app', '/some/deep/link', nobody, unknown, 'HEAD'),
    ...[...missingFiles, ...unknownToMachines].map((path) => get('a missing file', path, nobody, 'missing')),
    get('a navigation to a missing picture', '/some/picture.png', navigation, 'missing'),
    get('a navigation to a missing chunk', '/assets/gone-0a1b2c3d.js', navigation, 'missing'),
    get('a navigation to what machines ask for', '/.well-known/edge-check-gone', navigation, 'missing'),
  ]
}

/** A path as it is asked for: with each character encoded, and with a bare +, as browsers leave it. */
function written(path: string): readonly string[] {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return [...new Set([encoded, encoded.replaceAll('%2B', '+')])]
}

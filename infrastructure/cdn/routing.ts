/** Which request is answered by what: regular expressions over a path, the same for nginx, CloudFront and `edge explain`. */

/** What the API answers. */
export const apiPath = '^/api(/|$)'
export const isOfApi = (path: string): boolean => new RegExp(apiPath).test(path)

/** Whether anybody can ask for a file of a build: below /api it is the API that answers, or nobody. */
export const isReachable = (name: string): boolean => !isOfApi(`/${name}`)

/** Names that begin with a dot are never sent, but for what certificates are proven with. */
export const hiddenName = '/\\.(?!well-known/)'

/** A path whose last part has an extension names a file; the app answers a navigation to any other. */
export const namesAFile = '\\.[^/]+$'

/** Where the pages of a build lie (`cdn.pages`): one page for all paths, one in each folder, or one file for each. */
export const pageStyles = ['app', 'folders', 'files'] as const
export type PageStyle = (typeof pageStyles)[number]

/** The last part has no dot. What machines ask for below /.well-known has no extension either, and is no page. */
const bare = '^(?!/\\.well-known/).*/[^./]+$'
const folderPage = { path: '/$', adds: 'index.html' }

/** What a path is given to name the file of its page; the first that matches holds, and whoever asks is answered so. */
export const pageRules: Readonly<Record<PageStyle, readonly { readonly path: string; readonly adds: string }[]>> = {
  app: [{ path: '^/$', adds: 'index.html' }],
  folders: [folderPage, { path: bare, adds: '/index.html' }],
  files: [folderPage, { path: bare, adds: '.html' }],
}

/** The path of the file that is sent for a path. */
export const fileFor = (path: string, style: PageStyle): string =>
  `${path}${pageRules[style].find((rule) => new RegExp(rule.path).test(path))?.adds ?? ''}`

/** The paths that lead to a page: the same rules from their other end. One that is the API's leads to none. */
export const pathsTo = (page: string, style: PageStyle): readonly string[] =>
  pageRules[style]
    .filter(({ adds }) => page.endsWith(adds))
    .map(({ adds }) => `/${page}`.slice(0, -adds.length))
    .filter((path) => fileFor(path, style) === `/${page}` && !isOfApi(path))

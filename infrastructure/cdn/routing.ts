import { knownFile } from './file-types.ts'

/** Which request is answered by what: regular expressions over a path, the same for nginx, CloudFront and `edge explain`. */

/** What the API answers. */
export const apiPath = '^/api(/|$)'
export const isOfApi = (path: string): boolean => new RegExp(apiPath).test(path)

/** Whether anybody can ask for a file of a build: below /api it is the API that answers, or nobody. */
export const isReachable = (name: string): boolean => !isOfApi(`/${name}`)

/** Names that begin with a dot are never sent, but for what certificates are proven with. */
export const hiddenName = '/\\.(?!well-known/)'

/** What machines ask for by a name of its own: that file, or nothing. No page of an app lies there. */
export const ofMachines = '^/\\.well-known(?:/|$)'

/** Whether a path is a page of an app of one page, whoever asks for it; a file of that very name comes first. */
export const isRoute = (path: string, fileTypes: readonly string[]): boolean =>
  !isOfApi(path) &&
  ![hiddenName, ofMachines].some((pattern) => new RegExp(pattern).test(path)) &&
  !new RegExp(knownFile(fileTypes), 'i').test(path)

/**
 * How a browser says that it wants no page: it asks for a part of one (`Sec-Fetch-Dest`; Fetch Standard, "destination")...
 * Whoever says nothing of it (curl, a preview of a link, an old browser) or takes anything (a service worker that fills
 * its cache) gets the page.
 */
export const partOfPage =
  '^(?:audio|audioworklet|dictionary|font|image|json|manifest|paintworklet|report|script|serviceworker|sharedworker|style|text|track|video|webidentity|worker|xslt)$'
/** ... or a script of it asks for JSON, and not for HTML: `Sec-Fetch-Mode` and `Accept` with a colon between them. */
export const jsonForScript = '^(?:cors|no-cors|same-origin):(?!.*text/html).*[/+]json'
/** Of these fields the answer to such a path depends: a cache has to know (Vary). */
export const wishes = 'Accept, Sec-Fetch-Dest, Sec-Fetch-Mode'

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

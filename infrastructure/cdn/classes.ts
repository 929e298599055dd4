import { knownFile } from './file-types.ts'

/** How a file is kept by browsers and the edge: by what its name says. */
export type AssetClass = 'hashed' | 'image' | 'font' | 'other'

export const extensions = {
  hashed: ['js', 'mjs', 'css'],
  image: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg', 'ico'],
  font: ['woff2', 'woff', 'ttf', 'otf'],
} as const

/** What compression makes smaller; images and fonts are compressed already, but for SVG and the uncompressed fonts. */
const compressible = [
  'html',
  'htm',
  'xhtml',
  'js',
  'mjs',
  'css',
  'json',
  'geojson',
  'svg',
  'txt',
  'md',
  'csv',
  'vtt',
  'yaml',
  'yml',
  'xml',
  'rss',
  'atom',
  'webmanifest',
  'map',
  'ttf',
  'otf',
  'eot',
  'ico',
  'wasm',
]

/**
 * A content hash at the end of a name, as bundlers write it: `app-Df3k29x_.js`, `app.3f2c91ab.css`. Eight letters alone
 * are a word (`firebase-messaging-sw.js`), and a word that is kept for a year is a fault that no release can mend: so
 * there has to be a digit, or a capital letter that does not begin a word.
 */
const hash = '[-.](?=[A-Za-z0-9_-]*[0-9]|[A-Za-z0-9_-]+[A-Z])(?:[A-Za-z0-9]{8,}|[A-Za-z0-9_-]{8})'
/** One in 400 hashes of eight letters reads like a word; good enough for what does no harm when it is wrong. */
const perhapsHash = '[-.][A-Za-z0-9_-]{8,}'

const scripts = extensions.hashed.join('|')

/** A site's own rule: below these folders every file has another name for each content (`_next/static`). */
type HashedFolders = readonly string[]

const inHashedFolder = (folders: HashedFolders): readonly string[] =>
  folders.length === 0 ? [] : [`^/?(?:${folders.map(escaped).join('|')})/`]
const escaped = (folder: string): string => folder.replaceAll('.', '\\.')

/** The same rules as regular expressions over a path, for nginx and for us; the first that matches holds. */
export const classPatterns = (folders: HashedFolders = []): readonly ClassPattern[] => [
  ...inHashedFolder(folders).map((pattern) => ({ name: 'hashed' as const, pattern })),
  ...byExtension,
]
type ClassPattern = { readonly name: Exclude<AssetClass, 'other'>; readonly pattern: string }
const byExtension: readonly ClassPattern[] = [
  { name: 'hashed', pattern: `${hash}\\.(?:${scripts})$` },
  { name: 'image', pattern: `\\.(?i:${extensions.image.join('|')})$` },
  { name: 'font', pattern: `\\.(?i:${extensions.font.join('|')})$` },
]

/**
 * Files of earlier releases that open tabs may still ask for; it must miss no chunk, so in doubt a name counts. Not so a
 * page, which is no tab's: `post-20260101.html` would be found after it was deleted.
 */
export const keptName = (folders: HashedFolders = []): string =>
  [...inHashedFolder(folders), `(?:${hash}\\.(?!html?$)[a-z0-9]+|${perhapsHash}\\.(?:${scripts}))$`].join('|')
export const compressibleName = `\\.(?i:${compressible.join('|')})$`

/**
 * What may be kept for a time of its own; every other file is asked for anew. A path that names no known type of file may
 * lead to a page, below a hashed folder as elsewhere: that is decided where pages are.
 */
export const agedName = (folders: HashedFolders = []): string =>
  [
    ...inHashedFolder(folders).map((pattern) => `${pattern}.*(?i:${knownFile()})`),
    ...byExtension.map(({ pattern }) => pattern),
  ]
    .map((pattern) => `(?:${pattern})`)
    .join('|')

export function classOf(path: string, folders: HashedFolders = []): AssetClass {
  return classPatterns(folders).find(({ pattern }) => new RegExp(pattern).test(path))?.name ?? 'other'
}

export const isCompressible = (path: string): boolean => new RegExp(compressibleName).test(path)
/** A name that stands for one content: of each release the file stays as it was, and another one is refused. */
export const isKept = (path: string, folders: HashedFolders = []): boolean => classOf(path, folders) === 'hashed'
/** A file that stays for open tabs; where its name stands for no one content, the newest does, behind the live one. */
export const mayBeKept = (path: string, folders: HashedFolders = []): boolean =>
  new RegExp(keptName(folders)).test(path)
/** Scripts, style sheets, pictures, fonts: small enough to be asked for by the dozen, also in a hashed folder that has films. */
export const isPagePart = (path: string): boolean =>
  new RegExp(`\\.(?i:${Object.values(extensions).flat().join('|')})$`).test(path)
/** A script or a style sheet whose name carries no content hash: nobody could tell its versions apart. */
export const isUnhashedScript = (path: string): boolean =>
  new RegExp(`\\.(?:${scripts})$`).test(path) && !new RegExp(`${perhapsHash}\\.(?:${scripts})$`).test(path)

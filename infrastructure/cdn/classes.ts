/** How a file is kept by browsers and the edge: by what its name says (cdn.md, "Rules by asset class"). */
export type AssetClass = 'hashed' | 'image' | 'font' | 'other'

const extensions = {
  hashed: ['js', 'mjs', 'css'],
  image: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg', 'ico'],
  font: ['woff2', 'woff', 'ttf', 'otf'],
} as const

/** What compression makes smaller; images and fonts are compressed already, but for SVG and the uncompressed fonts. */
export const compressible = [
  'html',
  'js',
  'mjs',
  'css',
  'json',
  'svg',
  'txt',
  'xml',
  'webmanifest',
  'map',
  'ttf',
  'otf',
  'ico',
  'wasm',
]

/** A content hash in a name, as bundlers write it: `app-Df3k29x_.js`, `app.3f2c91ab.css`. */
const hash = '[-.][A-Za-z0-9_-]{8,}'

/** The same rules as regular expressions over a path, for nginx and for us; the first that matches holds. */
export const classPatterns: readonly { readonly name: Exclude<AssetClass, 'other'>; readonly pattern: string }[] = [
  { name: 'hashed', pattern: `${hash}\\.(?:${extensions.hashed.join('|')})$` },
  { name: 'image', pattern: `\\.(?:${extensions.image.join('|')})$` },
  { name: 'font', pattern: `\\.(?:${extensions.font.join('|')})$` },
]

/** Any name with a content hash: such a file never changes, and chunks of earlier releases stay reachable. */
export const hashedName = `${hash}\\.[a-z0-9]+$`
export const compressibleName = `\\.(?:${compressible.join('|')})$`

export function classOf(path: string): AssetClass {
  return classPatterns.find(({ pattern }) => new RegExp(pattern, 'i').test(path))?.name ?? 'other'
}

export const isCompressible = (path: string): boolean => new RegExp(compressibleName, 'i').test(path)
export const isHashed = (path: string): boolean => new RegExp(hashedName, 'i').test(path)

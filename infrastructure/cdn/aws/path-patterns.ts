import { type AssetClass, extensions } from '../classes.ts'
import type { CdnSettings } from '../settings.ts'

/** The API's paths, which come first: /api/report.js is the API's. */
export const apiPatterns = ['/api/*', '/api'] as const

/** Which paths of CloudFront's are of a class that has an age of its own; the first that fits holds. */
export const agedPatterns = ({
  cache,
}: Pick<CdnSettings, 'cache'>): readonly { readonly pattern: string; readonly class: AssetClass }[] => [
  ...cache.hashedFolders.map((folder) => ({ pattern: `/${folder}/*`, class: 'hashed' as const })),
  ...(['hashed', 'image', 'font'] as const).flatMap((kind) =>
    extensions[kind].map((extension) => ({ pattern: `*.${extension}`, class: kind })),
  ),
]

/** The pattern of the behaviour that CloudFront takes for a path, as it shows it. */
export function patternOf(path: string, settings: Pick<CdnSettings, 'cache'>, hasApi: boolean): string {
  const patterns = [...(hasApi ? apiPatterns : []), ...agedPatterns(settings).map(({ pattern }) => pattern)]
  const fits = (pattern: string): boolean =>
    pattern.startsWith('*')
      ? path.endsWith(pattern.slice(1))
      : pattern.endsWith('*')
        ? path.startsWith(pattern.slice(0, -1))
        : path === pattern
  return patterns.find(fits) ?? 'Default (*)'
}

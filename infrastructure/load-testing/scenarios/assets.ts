/**
 * The paths on the same site that a page (HTML) or a style sheet names and a browser loads with it: scripts, styles,
 * images, icons, fonts. Links to other pages and to other sites are left out.
 * @param at the path of the page or style sheet: what it names without a slash in front lies beside it
 */
export function assetsNamedIn(text: string, at: string): readonly string[] {
  const found = [...text.matchAll(/(?:\s(?:src|href)=|url\()["']?([^"'\s>)]+)/g)].map(([, named = '']) => named)
  const ours = found.filter((named) => !/^(?:\/\/|[a-z][a-z0-9+.-]*:)/i.test(named))
  const paths = ours.filter((named) => /\.(?:js|mjs|css|svg|png|jpe?g|webp|avif|ico|woff2?)(?:\?|$)/.test(named))
  return [...new Set(paths.map((named) => pathOf(named, at)))]
}

/** k6 has no URL of its own. */
function pathOf(named: string, at: string): string {
  if (named.startsWith('/')) return named
  const folders = at
    .replace(/[?#].*/, '')
    .split('/')
    .slice(1, -1)
  const [way = '', ...query] = named.split('?')
  for (const part of way.split('/').slice(0, -1)) {
    if (part === '..') folders.pop()
    else if (part !== '.') folders.push(part)
  }
  return `/${[...folders, way.split('/').at(-1)].join('/')}${query.length > 0 ? `?${query.join('?')}` : ''}`
}

/**
 * The paths on the same site that a page (HTML) or a style sheet names and a browser loads with it: scripts, styles,
 * images, icons, fonts. Links to other pages and to other sites are left out.
 */
export function assetsNamedIn(text: string): readonly string[] {
  const found = [...text.matchAll(/(?:\s(?:src|href)=|url\()["']?(\/(?!\/)[^"'\s>)]+)/g)].map(([, path = '']) => path)
  return [...new Set(found.filter((path) => /\.(?:js|mjs|css|svg|png|jpe?g|webp|avif|ico|woff2?)(?:\?|$)/.test(path)))]
}

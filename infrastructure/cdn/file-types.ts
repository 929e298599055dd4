/**
 * The file types that the web knows, by the endings of their names: a path with one of them names a file, which is there
 * or missing. A path with any other ending (`/users/jane.doe`, `/docs/v2.0`) is a page of the app. A list of our own, as
 * the registered ones have hundreds that are names as well: .com, .me, .org, .man, .1.
 */
const endings = {
  documents: ['html', 'htm', 'xhtml', 'xml', 'xsl', 'xslt', 'rss', 'atom', 'txt', 'md', 'csv', 'tsv', 'vtt', 'srt'],
  data: ['json', 'jsonl', 'ndjson', 'geojson', 'topojson', 'jsonld', 'yaml', 'yml', 'toml', 'webmanifest'],
  scripts: ['js', 'mjs', 'cjs', 'css', 'map', 'wasm', 'appcache', 'swf'],
  binaries: ['bin', 'sqlite', 'parquet', 'arrow', 'pbf', 'mvt', 'pmtiles', 'ts'],
  images: ['png', 'apng', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg', 'svgz', 'ico', 'cur', 'bmp', 'tif', 'tiff'],
  models: ['heic', 'heif', 'jxl', 'psd', 'gltf', 'glb', 'obj', 'stl', 'usdz', 'hdr', 'ktx2', 'riv', 'lottie'],
  fonts: ['woff2', 'woff', 'ttf', 'otf', 'eot'],
  films: ['mp4', 'm4v', 'webm', 'ogv', 'mov', 'avi', 'mkv', 'mpg', 'mpeg', '3gp', 'flv', 'wmv', 'm3u8', 'mpd', 'm4s'],
  sounds: ['mp3', 'm4a', 'aac', 'ogg', 'oga', 'opus', 'wav', 'flac', 'weba', 'mid', 'midi'],
  office: ['pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'odt', 'ods', 'odp', 'rtf', 'epub', 'ics', 'vcf', 'kml'],
  archives: [
    'zip',
    'gz',
    'tgz',
    'br',
    'zst',
    'bz2',
    'xz',
    'tar',
    '7z',
    'rar',
    'jar',
    'war',
    'apk',
    'ipa',
    'exe',
    'msi',
  ],
  packages: ['deb', 'rpm', 'dmg', 'pkg', 'iso', 'img', 'dll', 'crx', 'xpi', 'torrent', 'asc', 'sig', 'pem', 'crt'],
  // What scanners ask every host for: no app has a page of such a name.
  programs: ['php', 'asp', 'aspx', 'jsp', 'cgi', 'sql', 'bak', 'ini', 'cfg', 'conf', 'env', 'log', 'bat'],
} as const

export const knownEndings: readonly string[] = Object.values(endings).flat()

/** The end of a path that names a file of such a type, whatever its case; with more types that a site has. */
export const knownFile = (more: readonly string[] = []): string =>
  `\\.(?:${[...new Set([...knownEndings, ...more])].join('|')})$`

/**
 * Documents below /.well-known/ that are JSON and have no ending that says so, by their registrations (IANA, "Well-Known
 * URIs"): Apple's and other programs ask for exactly this name and this type.
 */
export const jsonOfMachines =
  '^/\\.well-known/(?:apple-app-site-association|openid-configuration|oauth-authorization-server|oauth-protected-resource|openid-credential-issuer|webfinger|nodeinfo|webauthn|passkey-endpoints|uma2-configuration|smart-configuration|gpc|did|matrix/(?:client|server|support)|related-website-set|web-identity|jwks|assetlinks|traffic-advice|api-catalog|agent-card|change-password-policy)$'

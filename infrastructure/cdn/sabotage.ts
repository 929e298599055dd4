import { join } from 'node:path'
import type { Sabotage, Sabotages } from '../../test/sabotage.ts'

const nginxFile = 'engines/nginx/nginx.conf'

/** A hand edits nginx.conf, and nginx takes it over. */
const edited = (title: string, change: (text: string) => string): Sabotage => ({
  title,
  break: async (on) => {
    await on.edit(nginxFile, change)
    await on.reload('nginx')
  },
})

export const sabotages: Sabotages = {
  'cdn.staticCaching': edited('nginx.conf is edited to keep JavaScript and CSS for ten minutes', (text) =>
    text.replace('max-age=31536000, immutable', 'max-age=600'),
  ),
  'cdn.imageCaching': edited('nginx.conf is edited to keep images for a minute', (text) =>
    text.replace(/(png.*max-age=)\d+/, (_, before: string) => `${before}60`),
  ),
  'cdn.fontCaching': edited('nginx.conf is edited to keep fonts for an hour', (text) =>
    text.replace(/(woff2.*max-age=)\d+/, (_, before: string) => `${before}3600`),
  ),
  'cdn.cacheBusting': {
    title: 'the live page is edited on the disk',
    break: (on) => on.edit('site/live/index.html', (text) => `${text}<!-- by hand -->\n`),
  },
  'cdn.apiUncached': edited('nginx.conf is edited to cache the API', (text) =>
    text
      .replace('upstream api {', 'proxy_cache_path sabotaged-cache keys_zone=api:1m;\n  upstream api {')
      .replace(
        'proxy_pass http://api;',
        'proxy_pass http://api;\n      proxy_cache api;\n      proxy_cache_valid any 1m;\n      proxy_ignore_headers Cache-Control;',
      ),
  ),
  'cdn.compression': edited('nginx.conf is edited to leave the brotli bodies alone', (text) =>
    text.replace('brotli_static on;', 'brotli_static off;'),
  ),
  'cdn.https': edited('nginx.conf is edited to answer over plain HTTP', (text) =>
    text.replace(/return 301 https:[^;]+;/, 'return 200 "plain";'),
  ),
  'cdn.certificate': {
    title: 'the certificate is replaced by one that is good for five days',
    break: async (on) => {
      const tls = (name: string): string => join(on.instance.state, 'tls', name)
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
      const signer = ['-CA', tls('ca.crt'), '-CAkey', tls('ca.key')]
      const files = ['-key', tls('server.key'), '-out', tls('server.crt')]
      await on.run(['openssl', 'req', '-x509', '-new', '-days', '5', ...subject, ...signer, ...files])
      await on.reload('nginx')
    },
  },
  'cdn.spaRouting': edited('nginx.conf is edited to answer everything with the app', (text) =>
    text.replace('if ($is_app_route)', 'if ($names_a_file = 0)'),
  ),
  'cdn.errorsUncached': edited('nginx.conf is edited to keep errors as long as files', (text) =>
    text.replace('"~^[45]" "no-store";', ''),
  ),
}

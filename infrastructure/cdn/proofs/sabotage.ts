import { join } from 'node:path'
import { freePorts } from '../../../test/ports.ts'
import type { Sabotage, Sabotages } from '../../../test/sabotage.ts'

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
  'cdn.cacheBusting': [
    {
      title: 'the live page is edited on the disk',
      break: (on) => on.edit('site/live/index.html', (text) => `${text}<!-- by hand -->\n`),
    },
    {
      title: 'a picture is damaged in the cache, where nginx does not look at it again',
      break: async (on) => {
        // In place: the size, and the file that nginx has open, stay as they are.
        const damage = 'LC_ALL=C sed s/IDAT/IDOT/ "$one" > "$0.damaged" && cat "$0.damaged" > "$one"'
        const script = `for one in $(grep -rla IDAT "$0"); do ${damage}; done; rm "$0.damaged"`
        await on.run(['sh', '-c', script, join(on.instance.state, 'cache/edge')])
      },
    },
  ],
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
  'cdn.https': [
    edited('nginx.conf is edited to answer over plain HTTP', (text) =>
      text.replace(/return 301 https:[^;]+;/, 'return 200 "plain";'),
    ),
    edited('nginx.conf is edited to lead visitors to whatever host they name', (text) =>
      text.replaceAll(/return (30[18]) https:\/\/[^$]+\$/g, 'return $1 https://$http_host$'),
    ),
  ],
  'cdn.certificate': [
    {
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
    {
      title: 'its file is removed, which nginx has in memory',
      break: async (on) => void (await on.run(['rm', join(on.instance.state, 'tls', 'server.crt')])),
    },
    {
      title: 'its key is replaced by another one, and nginx is not told',
      break: async (on) => {
        const key = join(on.instance.state, 'tls', 'server.key')
        await on.run(['openssl', 'genpkey', '-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', key])
      },
    },
    { title: 'the agent, which renews it, is taken out of service', break: (on) => on.stop('agent') },
  ],
  'cdn.spaRouting': [
    edited('nginx.conf is edited to answer everything with the app', (text) =>
      text.replace('if ($is_app_page)', 'if ($reads_only)'),
    ),
    edited('nginx.conf is edited to answer navigations alone with the app', (text) =>
      text.replace('default $wants_json;', 'default 1;\n    document 0;'),
    ),
  ],
  'cdn.errorsUncached': [
    edited('nginx.conf is edited to let browsers keep errors as long as files', (text) =>
      text.replace('"~^[45]" "no-store";', ''),
    ),
    // Browsers are told the same as before: only who answers shows it.
    edited('nginx.conf is edited to keep a missing file missing for ten minutes', (text) =>
      text.replace(
        'proxy_cache shield;',
        'proxy_cache shield;\n      proxy_cache_valid 404 10m;\n      proxy_ignore_headers X-Accel-Expires;',
      ),
    ),
  ],
  'cdn.originPrivate': {
    title: 'nginx.conf is edited to open the store on a port',
    break: async (on) => {
      const [port] = await freePorts(1)
      await on.edit(nginxFile, (text) => text.replace('listen unix:', `listen 127.0.0.1:${port};\n    listen unix:`))
      await on.reload('nginx')
    },
  },
  'cdn.originShield': edited('nginx.conf is edited to let every visitor fetch for himself', (text) =>
    text.replaceAll('proxy_cache_lock on;', 'proxy_cache_lock off;'),
  ),
  'cdn.atomicReleases': {
    title: 'a file of the live release is deleted',
    break: (on) =>
      on.run(['sh', '-c', 'rm "$0"/live/assets/*.css', join(on.instance.state, 'site')]).then(() => undefined),
  },
  'cdn.rollback': {
    title: 'the page of the release before is deleted',
    break: async (on) => {
      const site = join(on.instance.state, 'site')
      await on.run([
        'sh',
        '-c',
        'cd "$0" && for one in releases/*; do [ "$one" = "$(readlink live)" ] || mv "$one/index.html" "$one/.page"; done',
        site,
      ])
    },
    mend: async (on) => {
      const site = join(on.instance.state, 'site')
      await on.run([
        'sh',
        '-c',
        'cd "$0" && for one in releases/*; do [ "$one" = "$(readlink live)" ] || mv "$one/.page" "$one/index.html"; done',
        site,
      ])
    },
  },
  'cdn.keptAssets': {
    title: 'a chunk of the release before is deleted from the kept files',
    break: async (on) => {
      await on.run(['sh', '-c', 'mv "$0"/kept/assets/before-A1b2C3d4.js "$0"/.chunk', join(on.instance.state, 'site')])
    },
    mend: async (on) => {
      await on.run(['sh', '-c', 'mv "$0"/.chunk "$0"/kept/assets/before-A1b2C3d4.js', join(on.instance.state, 'site')])
    },
  },
  'cdn.securityHeaders': edited('nginx.conf is edited to allow scripts from anywhere', (text) =>
    text.replaceAll("default-src 'self'", 'default-src *'),
  ),
  'cdn.hitRatio': edited('nginx.conf is edited to cache nothing at the edge', (text) =>
    text.replaceAll('proxy_cache edge;', 'proxy_cache off;'),
  ),
}

import type { NginxSockets } from '../../src/engines/nginx.ts'
import { jsonOfMachines } from './file-types.ts'
import { keptName } from './classes.ts'
import type { CdnSettings } from './settings.ts'

/** A pattern with braces must be quoted, or nginx takes them for a block. */
export const quoted = (pattern: string): string => `"${pattern}"`

export type Tier = 'edge' | 'shield'

/** A megabyte of a zone holds about 8,000 keys (nginx's documentation of proxy_cache_path). */
const keysInMegabyte = 8000

/** Where the caches lie; they survive a restart. A zone has room for each file of the largest release, in each encoding. */
export function cachePaths(directory: string, { cache, releases }: CdnSettings): string {
  const zone = Math.max(8, Math.ceil((3 * releases.mostFiles) / keysInMegabyte))
  const path = (tier: Tier): string =>
    `  proxy_cache_path ${directory}/${tier} levels=1:2 keys_zone=${tier}:${zone}m max_size=${cache.size.bytes} inactive=30d use_temp_path=off;`
  return [path('edge'), path('shield')].join('\n')
}

/** How long a visitor waits for another one's fetch of the same cold file before he is let through. */
const lockTimeout = {
  // nginx looks only every 500 ms whether what it waits for has come, or when the time is over: by then it is there.
  edge: '50ms',
  // Whoever was let through without waiting for it ends here: the store is asked once.
  shield: '10s',
} as const

/**
 * What both tiers do alike. The key is the path and the encoding: a query, a cookie or a host changes nothing about a
 * file of this one site, so none of them is asked with.
 */
export const cacheOf = (tier: Tier): string => `      proxy_cache ${tier};
      proxy_cache_key "$uri|$encoding";
      # Many who ask for one cold file wait for the one who fetches it.
      proxy_cache_lock on;
      proxy_cache_lock_timeout ${lockTimeout[tier]};
      proxy_cache_revalidate on;
      # The encoding is in the key; nginx would keep a copy for each spelling of the wish.
      proxy_ignore_headers Vary;
      proxy_http_version 1.1;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      # Of a body that stays behind, nothing may announce it: the origin would wait for it.
      proxy_set_header Content-Length "";
      proxy_set_header Transfer-Encoding "";
      proxy_set_header Connection "";
      proxy_set_header Host site;
      proxy_set_header Accept-Encoding $encoding;
      proxy_set_header X-Request-Id $edge_request_id;`

/** The second cache: asks the store once, however many edges ask it. */
export function shieldServer(sockets: NginxSockets): string {
  return `  server {
    listen unix:${sockets.shield};
    server_name shield;

    location / {
      proxy_pass http://store;
${cacheOf('shield')}
      proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504;
      # The age that the store gives holds for the edge, too.
      proxy_pass_header X-Accel-Expires;
    }
  }`
}

/** The releases on the disk; nobody but the shield asks here. */
export function storeServer(sockets: NginxSockets, site: string, settings: CdnSettings): string {
  return `  server {
    listen unix:${sockets.store};
    server_name store;

    root ${site}/live;
    gzip_static on;
    brotli_static on;
    etag on;
    more_set_headers "X-Accel-Expires: $store_seconds";

    # A name with a content hash never changes its meaning: open tabs find the chunks of their own release.
    location ~ ${quoted(keptName(settings.cache.hashedFolders))} {
      root ${site};
      try_files /live$uri /kept$uri =404;
    }

    # What machines ask for by a name without an ending, and take for JSON.
    location ~ ${quoted(jsonOfMachines)} {
      default_type application/json;
      try_files $uri =404;
    }

    location / {
      try_files $uri =404;${settings.pages === 'app' ? '' : '\n      error_page 404 /404.html;'}
    }
  }`
}

/** Takes single files out of a cache: the key is in the field X-Key. */
export function purgeServer(sockets: NginxSockets): string {
  const location = (tier: Tier): string => `    location = /${tier} {
      proxy_cache_purge ${tier} $http_x_key;
    }`
  return `  server {
    listen unix:${sockets.purge};
    server_name purge;
${location('edge')}
${location('shield')}
  }`
}

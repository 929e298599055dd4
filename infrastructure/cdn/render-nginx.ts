import { join } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import { nginxDirectories, nginxModules, nginxSockets, nginxTypes } from '../../src/engines/nginx.ts'
import { edgeServer, redirectServer, upstreams } from './render-edge.ts'
import { apiMaps } from './render-api.ts'
import { maps } from './render-maps.ts'
import { cachePaths, purgeServer, shieldServer, storeServer } from './render-origin.ts'
import { logFormats, logTo } from './log-fields.ts'
import type { CdnNeeds } from './needs.ts'
import { duration } from '../../src/core/units.ts'
import type { CdnSettings } from './settings.ts'

/** Of a site without an API: how long a download may take that nginx's old workers have begun. */
const drainOfFiles = duration('30 seconds')

/**
 * nginx.conf, whole. A visitor's request for a file goes through two caches, as on CloudFront with Origin Shield:
 * edge (public, TLS) → shield → store (the release on the disk); the last two on sockets that only the engines' user
 * may open.
 */
export function nginxConfiguration(instance: Instance, settings: CdnSettings, needs: CdnNeeds): string {
  const { pid, temporary, cache } = nginxDirectories(instance)
  const sockets = nginxSockets(instance)
  return `load_module ${nginxModules}/ngx_http_brotli_filter_module.so;
load_module ${nginxModules}/ngx_http_brotli_static_module.so;
load_module ${nginxModules}/ngx_http_headers_more_filter_module.so;
load_module ${nginxModules}/ngx_http_cache_purge_module.so;

# Each request for a file meets a dozen patterns.
pcre_jit on;
daemon off;
# Read where root asks nginx to judge this file (nginx -t): it would give the directories below to nobody.
user ${instance.user.name};
pid ${pid};
worker_processes ${Math.min(4, instance.machine.cores)};
# Each request to the API takes two; the shell's usual 1024 would be used up by 500 visitors.
worker_rlimit_nofile 8192;
# A slow download must not hold the old workers, and with them the old configuration, for ever.
worker_shutdown_timeout ${(needs.app.api?.drain ?? drainOfFiles).milliseconds}ms;
error_log stderr notice;

events {
  worker_connections 4096;
}

http {
  include ${nginxTypes};
  types {
    application/manifest+json webmanifest;
    text/javascript mjs;
  }
  default_type application/octet-stream;
  charset utf-8;
  charset_types text/plain text/css application/javascript text/javascript application/json image/svg+xml;

  client_body_temp_path ${join(temporary, 'body')};
  proxy_temp_path ${join(temporary, 'proxy')};
  fastcgi_temp_path ${join(temporary, 'fastcgi')};
  uwsgi_temp_path ${join(temporary, 'uwsgi')};
  scgi_temp_path ${join(temporary, 'scgi')};

  sendfile on;
  tcp_nopush on;
  # The maps below need more than the usual 4k; one piece is cheaper than four.
  request_pool_size 16k;
  keepalive_timeout 65s;
  keepalive_requests 10000;
  server_tokens off;
  client_max_body_size ${settings.uploadLimit.bytes};
  # Compressed for a client behind a proxy, too (Via).
  gzip_proxied any;
  reset_timedout_connection on;

${logFormats}
  # A write for each request is dear. No more than PIPE_BUF in one: lines of two workers would be mixed up in a
  # pipe, as longer ones (of a very long address) may be.
  ${logTo('access')}

${cachePaths(cache, settings)}

${maps(settings)}
${needs.app.api ? apiMaps : ''}
${upstreams(sockets, needs)}

${edgeServer(instance, settings, needs)}

${redirectServer(instance, settings, needs)}

${shieldServer(sockets)}

${storeServer(sockets, join(instance.state, 'site'), settings)}

${purgeServer(sockets)}
}
`
}

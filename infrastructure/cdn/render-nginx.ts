import { join } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import { type Duration, seconds, show } from '../../src/core/units.ts'
import { nginxDirectories, nginxModules, nginxTypes } from '../../src/engines/nginx.ts'
import { classPatterns, compressibleName, keptName } from './classes.ts'
import type { CdnSettings } from './settings.ts'

export type CdnNeeds = {
  readonly domain: string
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: string }
  readonly app: {
    readonly api?: { readonly upstreams: readonly string[]; readonly health: string }
    readonly static: { readonly directory: string; readonly after: readonly string[] }
    readonly ready: readonly string[]
  }
}

const maxAge = (time: Duration): string => `public, max-age=${seconds(time)}`

/** nginx.conf, whole: one HTTPS server for the site and its API, one HTTP server that leads to it. */
export function nginxConfiguration(instance: Instance, settings: CdnSettings, needs: CdnNeeds): string {
  const { pid, temporary } = nginxDirectories(instance)
  return `load_module ${nginxModules}/ngx_http_brotli_filter_module.so;
load_module ${nginxModules}/ngx_http_brotli_static_module.so;
load_module ${nginxModules}/ngx_http_headers_more_filter_module.so;

daemon off;
pid ${pid};
worker_processes ${Math.min(4, instance.machine.cores)};
# Each request to the API takes two; the shell's usual 1024 would be used up by 500 visitors.
worker_rlimit_nofile 8192;
# A slow download must not hold the old workers, and with them the old configuration, for ever.
worker_shutdown_timeout 10s;
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
  keepalive_timeout 65s;
  keepalive_requests 10000;
  server_tokens off;
  client_max_body_size ${settings.uploadLimit.bytes};
  # Compressed for a client behind a proxy, too (Via).
  gzip_proxied any;
  reset_timedout_connection on;

${logFormat}

${maps(settings)}

${upstream(needs)}

${secureServer(instance, settings, needs)}

${redirectServer(instance)}
}
`
}

const logFormat = `  log_format access escape=json '{"time":"$time_iso8601","requestId":"$edge_request_id","client":"$remote_addr",'
    '"method":"$request_method","uri":"$request_uri","protocol":"$server_protocol","status":$status,'
    '"bytes":$bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr","upstreamStatus":"$upstream_status",'
    '"upstreamSeconds":"$upstream_response_time","referer":"$http_referer","agent":"$http_user_agent"}';
  access_log /dev/stdout access;`

function maps({ cache }: CdnSettings): string {
  const values = {
    hashed: `${maxAge(cache.hashedAssets)}, immutable`,
    image: maxAge(cache.images),
    font: maxAge(cache.fonts),
  }
  const classes = classPatterns.map(({ name, pattern }) => `    "~${pattern}" "${values[name]}";`)
  return `  # How long a file may be kept, by its name; an error is never kept.
  map $uri $class_cache {
    default "no-cache";
${classes.join('\n')}
  }
  map $status $static_cache {
    # Asked again for each answer: a wrong range is a 200 first and a 416 then.
    volatile;
    default $class_cache;
    "~^[45]" "no-store";
  }
  map $uri $static_vary {
    default "";
    "~/[^/.]*$" "Accept-Encoding";
    "~${compressibleName}" "Accept-Encoding";
  }

  # The app answers for its own routes: a navigation to a path that names no file.
  map "$request_method:$http_sec_fetch_mode:$http_accept" $navigation {
    default 0;
    "~^(GET|HEAD):navigate:" 1;
    "~^(GET|HEAD)::.*text/html" 1;
  }
  map $uri $names_a_file {
    default 0;
    "~\\.[^/]+$" 1;
  }
  map "$navigation$names_a_file" $is_app_route {
    default 0;
    "10" 1;
  }

  # A client's own id is passed on when it is one; what else it sends there does not reach a log.
  map $http_x_request_id $edge_request_id {
    default $request_id;
    "~^[A-Za-z0-9._-]{8,64}$" $http_x_request_id;
  }`
}

function upstream({ app }: CdnNeeds): string {
  if (!app.api) return '  # This site has no API.'
  const servers = app.api.upstreams.map((address) => `    server ${address} max_fails=0;`)
  return `  upstream api {
    # None is ever put aside: one that was restarted a moment ago answers while the other is restarted.
${servers.join('\n')}
    keepalive 64;
    keepalive_requests 100000;
  }`
}

function secureServer(instance: Instance, settings: CdnSettings, needs: CdnNeeds): string {
  const site = join(instance.state, 'site')
  return `  server {
${listens(instance.listen, `${instance.ports.https} ssl http2`)}
    server_name _;

    ssl_certificate ${needs.tls.certificate};
    ssl_certificate_key ${needs.tls.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:2m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    root ${site}/live;
    gzip_static on;
    brotli_static on;
    etag on;

    # Set, not added: nginx answers a wrong range in two goes, and an added field would stay from the first.
    more_set_headers "${hsts(settings)}";
    more_set_headers "Cache-Control: $static_cache";

${apiLocations(settings, needs)}
    # Files that begin with a dot are nobody's business.
    location ~ /\\.(?!well-known/) {
      return 404;
    }

    # A name with a content hash never changes its meaning: open tabs find the chunks of their own release.
    location ~ ${quoted(keptName)} {
      ${staticHeaders}
      root ${site};
      try_files /live$uri /kept$uri =404;
    }

    location = / {
      ${staticHeaders}
      try_files /index.html =404;
    }

    location / {
      ${staticHeaders}
      if ($request_method !~ ^(GET|HEAD)$) {
        return 405;
      }
      try_files $uri @app_route;
    }

    location @app_route {
      ${staticHeaders}
      if ($is_app_route = 0) {
        return 404;
      }
      rewrite ^ /index.html break;
    }
  }`
}

/** nginx itself names no `Vary` for bodies that were compressed beforehand. */
const staticHeaders = 'more_set_headers "Vary: $static_vary";'

const hsts = (settings: CdnSettings): string => `Strict-Transport-Security: max-age=${seconds(settings.hsts)}`

function apiLocations(settings: CdnSettings, { app }: CdnNeeds): string {
  if (!app.api) {
    return `    location ~ ^/api(/|$) {
      return 404;
    }
`
  }
  return `    location ~ ^/api(/|$) {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Request-Id $edge_request_id;
      # Set, not appended: what a client claims about its address is worth nothing.
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout 2s;
      # As long as CloudFront waits for an origin by default: an app meets one bound, here and there.
      proxy_read_timeout 30s;
      proxy_next_upstream error timeout;

      # Whatever the API says of it, an answer of the API is kept nowhere.
      more_set_headers "Cache-Control: no-store";
      more_clear_headers Expires;

      gzip on;
      gzip_min_length 256;
      gzip_types application/json application/problem+json text/plain;
      gzip_vary on;
      brotli on;
      brotli_comp_level 4;
      brotli_min_length 256;
      brotli_types application/json application/problem+json text/plain;

      error_page 502 504 =503 @api_down;
      error_page 413 @api_too_large;
    }

    location @api_down {
      internal;
      default_type application/json;
      more_set_headers "Cache-Control: no-store" "Retry-After: 2";
      return 503 '{"error":{"code":"unavailable","message":"The service is not available just now. Try again in a moment."}}';
    }

    location @api_too_large {
      internal;
      default_type application/json;
      more_set_headers "Cache-Control: no-store";
      return 413 '{"error":{"code":"too_large","message":"The request is larger than ${show(settings.uploadLimit)}."}}';
    }
`
}

function redirectServer(instance: Instance): string {
  const port = instance.ports.https === 443 ? '' : `:${instance.ports.https}`
  return `  server {
${listens(instance.listen, String(instance.ports.http))}
    server_name _;
    # 301 lets a client turn a POST into a GET; 308 does not.
    if ($request_method ~ ^(GET|HEAD)$) {
      return 301 https://$host${port}$request_uri;
    }
    return 308 https://$host${port}$request_uri;
  }`
}

/** The configured address, and loopback always: the readiness probe and an operator on the machine ask there. */
function listens(configured: string, port: string): string {
  const every: Readonly<Record<string, readonly string[]>> = { '0.0.0.0': ['0.0.0.0'], '::': ['0.0.0.0', '::'] }
  const addresses = every[configured] ?? [...new Set([configured, '127.0.0.1'])]
  return addresses.map((one) => `    listen ${one.includes(':') ? `[${one}]` : one}:${port};`).join('\n')
}
/** A pattern with braces must be quoted, or nginx takes them for a block. */
const quoted = (pattern: string): string => `"${pattern}"`

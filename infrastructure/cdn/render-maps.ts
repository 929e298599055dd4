import { type Duration, seconds } from '../../src/core/units.ts'
import { classOf, classPatterns, compressibleName } from './classes.ts'
import { knownFile } from './file-types.ts'
import { jsonForScript, ofMachines, partOfPage, wishes } from './routing.ts'
import type { CdnSettings } from './settings.ts'

const maxAge = (time: Duration): string => `public, max-age=${seconds(time)}`

/** How browsers may keep a file, by its name. */
export function cacheControlOf(name: string, { cache }: Pick<CdnSettings, 'cache'>): string {
  const kind = classOf(name, cache.hashedFolders)
  if (kind === 'other') return 'no-cache'
  const age = { hashed: cache.hashedAssets, image: cache.images, font: cache.fonts }[kind]
  return `${maxAge(age)}${kind === 'hashed' ? ', immutable' : ''}`
}

/** Seconds that the caches keep a page, and whatever else has no age of its own: a purge that went astray heals itself. */
export const pageSeconds = 1

/** nginx's tables: what follows from a path, a status, a client's wishes. */
export function maps({ cache, pages, fileTypes }: CdnSettings): string {
  const age = { hashed: cache.hashedAssets, image: cache.images, font: cache.fonts }
  const row = (value: (name: keyof typeof age) => string): string =>
    classPatterns(cache.hashedFolders)
      .map(({ name, pattern }) => `    "~${pattern}" "${value(name)}";`)
      .join('\n')
  return `  # How long a browser may keep a file, by its name; an error is never kept.
  map $uri $class_cache {
    default "no-cache";
${row((name) => `${maxAge(age[name])}${name === 'hashed' ? ', immutable' : ''}`)}
  }
  map $status $static_cache {
    # Asked again for each answer: a wrong range is a 200 first and a 416 then.
    volatile;
    default $class_cache;
    "~^[45]" "no-store";
    # Found without trying the patterns.
    200 $class_cache;
    206 $class_cache;
    304 $class_cache;
  }
  # How long the caches keep it.
  map $uri $class_seconds {
    default ${pageSeconds};
${row((name) => String(seconds(age[name])))}
  }
  map $status $store_seconds {
    volatile;
    default 0;
    200 $class_seconds;
  }
  map $uri $static_vary {
    default "";
    "~${compressibleName}" "Accept-Encoding";
    "~/[^/.]*$" "Accept-Encoding";
  }

  # Bodies are compressed at the publication: three wishes are all that the caches have to tell apart.
  map $http_accept_encoding $encoding {
    default "";
    # What browsers say is found without trying the patterns.
    "gzip, deflate, br, zstd" br;
    "gzip, deflate, br" br;
    br br;
    gzip gzip;
    "~*(^|[ ,])br(?! *; *q=0(\\.0*)?( |,|$))" br;
    "~*(^|[ ,])gzip(?! *; *q=0(\\.0*)?( |,|$))" gzip;
  }

  map $request_method $reads_only {
    default 0;
    GET 1;
    HEAD 1;
  }

${pages === 'app' ? appRoute(fileTypes) : ''}  # A client's own id is passed on when it is one; what else it sends there does not reach a log. nginx's own
  # $request_id asks OpenSSL for random bytes, which costs as much as finding the file in the cache.
  map $http_x_request_id $edge_request_id {
    default "$msec-$connection-$connection_requests";
    "~^[A-Za-z0-9._-]{8,64}$" $http_x_request_id;
  }

  # CloudFront's words for what a cache did.
  map $upstream_cache_status $cache_result {
    default Miss;
    HIT Hit;
    STALE Hit;
    UPDATING Hit;
    REVALIDATED RefreshHit;
  }
  map $status $edge_result {
    volatile;
    default $cache_result;
    "~^[45]" Error;
    "~^30[18]" Redirect;
    200 $cache_result;
    206 $cache_result;
    304 $cache_result;
  }
  map $request_uri $edge_path {
    default $request_uri;
    "~^(?<path>[^?]*)\\?" $path;
  }`
}

/** The rule of routing.ts. `$route` is set where pages are: 1 for a path of the app of which there is no file. */
const appRoute = (
  fileTypes: readonly string[],
): string => `  # A path of the app: whatever names no type of file that the web knows.
  map $uri $names_a_file {
    default 0;
    "~${ofMachines}" 1;
    "~*${knownFile(fileTypes)}" 1;
  }
  # A browser says that it wants something else than a page. Whoever says nothing (curl, a preview of a link) gets it.
  map "$http_sec_fetch_mode:$http_accept" $wants_json {
    default 0;
    "~${jsonForScript}" 1;
  }
  map $http_sec_fetch_dest $wants_no_page {
    default $wants_json;
    "~${partOfPage}" 1;
  }
  map "$route$wants_no_page" $is_app_page {
    default 0;
    10 1;
  }
  map $route $page_vary {
    default $static_vary;
    1 "Accept-Encoding, ${wishes}";
  }

`

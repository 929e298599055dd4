import type { Instance } from '../../src/core/instance.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import { type Duration, seconds } from '../../src/core/units.ts'
import { edgesOwn, proofHeader } from './client-headers.ts'
import type { CdnNeeds } from './needs.ts'
import { problem, refusalPages } from './render-refusals.ts'
import { cdnReserved } from './reserved.ts'
import { apiPath } from './routing.ts'
import type { CdnSettings } from './settings.ts'

type Api = NonNullable<CdnNeeds['app']['api']>

/** What an API answers with that compression makes smaller, beside HTML; no stream of events, which would be held back. */
const apiTypes = [
  'application/json',
  'application/problem+json',
  'application/ld+json',
  'application/geo+json',
  'application/xml',
  'application/javascript',
  'image/svg+xml',
  'text/plain',
  'text/css',
  'text/csv',
  'text/javascript',
  'text/xml',
].join(' ')

/** What nginx has to tell apart of a request to the API. */
export const apiMaps = `  # Who asks for a stream of events says so; that one is silent for longer than an answer may take.
  map $http_accept $wants_events {
    default 0;
    "~*text/event-stream" 1;
  }
  # It was sent, and no answer came in time: nobody knows whether it was done. What could not be connected to has no time.
  map "$upstream_status $upstream_connect_time" $api_timed_out {
    volatile;
    default 0;
    "~^(?:.*[ ,:])?504 (?:.*[ ,:])?[0-9.]+$" 1;
  }
`

/** The way through to the API. */
export function apiLocations(instance: Instance, settings: CdnSettings, domain: string, api: Api): string {
  const block = (name: string, lines: readonly string[]): string => `    location ${name} {
      proxy_pass http://api;
${lines.map((line) => `      ${line}`).join('\n')}
${passedOn(instance, domain, api)}

      error_page 502 504 = @api_failed;
      ${refusalPages(settings.uploadLimit).replaceAll('; ', ';\n      ')}
    }
`
  // nginx takes no variable for the time: another place has another one.
  const toEvents = ['if ($wants_events) {', '  return 418;', '}', 'error_page 418 = @api_events;']
  return [
    block(`~ ${apiPath}`, [...toEvents, 'recursive_error_pages on;', waits(api.timeout)]),
    block('@api_events', [waits(api.streamIdle), 'proxy_buffering off;']),
    `    location @api_failed {
      internal;
      default_type application/json;
      more_set_headers "Cache-Control: no-store";
      if ($api_timed_out) {
        return 504 ${problem('timeout', 'The service did not answer in time. What was asked for may have been done.')};
      }
      more_set_headers -s 503 "Retry-After: 2";
      return 503 ${problem('unavailable', 'The service is not available just now. Try again in a moment.')};
    }
`,
  ].join('\n')
}

/** Between two reads, so a long answer that goes on may take longer. */
const waits = (time: Duration): string => `proxy_read_timeout ${seconds(time)}s;`

/** What is sent on of a request, and how its answer comes back. */
const passedOn = (
  instance: Instance,
  domain: string,
  { keepsConnections }: Api,
): string => `      proxy_http_version 1.1;
      proxy_set_header Connection "${keepsConnections ? '' : 'close'}";
      proxy_set_header Host $http_host;
      proxy_set_header X-Request-Id $edge_request_id;
      # What a client claims about its address and about this site is worth nothing: the edge says it, or nobody.
      more_clear_input_headers ${edgesOwn.map((name) => `"${name}"`).join(' ')};
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host ${domain};
      proxy_set_header X-Forwarded-Port ${instance.ports.https};
      # By this the API knows that it is nginx who says so, and no other program on this machine.
      proxy_set_header ${proofHeader} ${secretsOf(instance, cdnReserved).proxy};
      proxy_connect_timeout 2s;
      # Of one that a process may have begun, nginx would send a GET again.
      proxy_next_upstream off;
      # The whole header of an answer has to fit: 32 kB of cookies and policies, and the rest.
      proxy_buffer_size 40k;
      proxy_buffers 16 4k;
      proxy_busy_buffers_size 40k;

      # Whatever the API says of it, an answer of the API is kept nowhere.
      more_set_headers "Cache-Control: no-store";
      more_clear_headers Expires;

      gzip on;
      gzip_min_length 256;
      gzip_types ${apiTypes};
      gzip_vary on;
      brotli on;
      brotli_comp_level 4;
      brotli_min_length 256;
      brotli_types ${apiTypes};`

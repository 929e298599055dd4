/** Fields of the access log that CloudFront has as well, by its names (its JSON form) → nginx's variables. */
export const sharedFields = {
  timestamp: '$time_iso8601',
  'x-edge-location': '$server_name',
  'x-edge-request-id': '$edge_request_id',
  'x-edge-result-type': '$edge_result',
  'c-ip': '$remote_addr',
  'cs-method': '$request_method',
  'cs-protocol': '$scheme',
  'cs-protocol-version': '$server_protocol',
  'x-host-header': '$http_host',
  'cs-uri-stem': '$edge_path',
  'cs-uri-query': '$args',
  'sc-status': '$status',
  'sc-bytes': '$bytes_sent',
  'time-taken': '$request_time',
  'cs(Referer)': '$http_referer',
  'cs(User-Agent)': '$http_user_agent',
} as const

/** Ours: which of the three bodies was meant, which process of the API answered, and how long it took. */
export const ownFields = {
  encoding: '$encoding',
  upstream: '$upstream_addr',
  'upstream-status': '$upstream_status',
  'upstream-time': '$upstream_response_time',
} as const

/** Numbers always, so they need no quotes; everything else may be empty. */
export const numberFields: ReadonlySet<string> = new Set(['sc-status', 'sc-bytes', 'time-taken'])

/** Milliseconds that a line may lie in a worker of nginx before it is in the log. */
export const logDelayMs = 100

/** What CloudFront is told to write: two numbers of its own instead of one time. */
export const cloudFrontFields: readonly string[] = Object.keys(sharedFields).flatMap((name) =>
  name === 'timestamp' ? ['timestamp(ms)'] : [name],
)

/** Fields of the access log that CloudFront has as well, by its names (its JSON form) → nginx's variables. */
const sharedFields = {
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

/** Ours: which of the three bodies was meant. */
const encoding = { encoding: '$encoding' } as const

/** Ours: who was asked, and how long it took. Of the API's processes it is the balancer who chooses. */
const upstreamFields = {
  upstream: '$upstream_addr',
  'upstream-status': '$upstream_status',
  'upstream-time': '$upstream_response_time',
} as const

/**
 * Two formats: a tenth of what a cached file costs is the line of the log, so that of a file has as few variables as it
 * can. What the shield was asked for it is told by the shield's own line, of the same request id.
 */
const formats = {
  access: { ...sharedFields, ...encoding, ...upstreamFields },
  files: { ...sharedFields, 'x-edge-location': 'edge', 'cs-protocol': 'https', ...encoding },
} as const

/** Numbers always, so they need no quotes; everything else may be empty. */
const numberFields: ReadonlySet<string> = new Set(['sc-status', 'sc-bytes', 'time-taken'])

/** nginx's declarations of the formats. */
export const logFormats = Object.entries(formats)
  .map(([format, fields]) => {
    const pairs = Object.entries(fields).map(
      ([name, value]) => `"${name}":${numberFields.has(name) ? value : `"${value}"`}`,
    )
    return `  log_format ${format} escape=json\n    '{${pairs.join(`,'\n    '`)}}';`
  })
  .join('\n')

/** Milliseconds that a line may lie in a worker of nginx before it is in the log. */
export const logDelayMs = 100

export const logTo = (format: keyof typeof formats): string =>
  `access_log /dev/stdout ${format} buffer=4k flush=${logDelayMs}ms;`

/** What CloudFront is told to write: two numbers of its own instead of one time. */
export const cloudFrontFields: readonly string[] = Object.keys(sharedFields).flatMap((name) =>
  name === 'timestamp' ? ['timestamp(ms)'] : [name],
)

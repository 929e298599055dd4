import type { Measured } from '../../src/core/alarm.ts'
import { duration } from '../../src/core/units.ts'

/** Without visitors there is nothing to measure, and nothing to be called for. */
const minutes = { period: duration('1 minute'), periods: 5, silence: 'fine' } as const

/** While the site is down nobody is answered, and so nobody is answered with an error: that is no all-clear. */
const unwell = 'absent(edge_probe_success{what="site"}) or min(edge_probe_success) == 0'

/** So much of a whole, in percent; of nothing, nothing. */
const percentOf = (part: string, whole: string, window: string): string =>
  `100 * (sum(rate(${part}[${window}])) or vector(0)) / (sum(rate(${whole}[${window}])) > 0)`

const accessLog = 'the access log of CloudFront, in the bucket that the stack NAME-cdn calls LogBucket'

/** When somebody is called about the CDN. */
export const cdnAlarms = [
  {
    promise: 'cdnErrors',
    metric: { name: '5xxErrorRate', statistic: 'Average', unit: 'percent' },
    local: {
      expression: (window) => percentOf('edge_requests_total{class="5xx"}', 'edge_requests_total', window),
      unit: 'percent',
      unwell,
    },
    ...minutes,
    means: 'Visitors see server errors.',
    look: 'edge verify cdn app, then edge logs nginx and edge logs api1',
    lookOnAws: `edge verify cdn --target aws, then ${accessLog}: which have sc-status 5xx?`,
    runbook: 'cdn-errors.md',
  },
  {
    promise: 'hitRatio',
    // No maths on AWS: CloudFront gives the share itself, and no count of hits to compute it of.
    metric: { name: 'CacheHitRate', statistic: 'Average', unit: 'percent' },
    local: {
      expression: (window) => percentOf('edge_file_requests_total{result="hit"}', 'edge_file_requests_total', window),
      unit: 'percent',
      unwell,
    },
    ...minutes,
    // A release makes pages cold for a moment: that is no reason to wake anybody.
    period: duration('5 minutes'),
    periods: 3,
    means: 'The cache no longer spares the origin: pages are slower, and the origin has more to do.',
    look: 'edge verify cdn.hitRatio, then edge logs nginx: what was a Miss?',
    lookOnAws: `edge verify cdn.hitRatio --target aws, then ${accessLog}: what was a Miss?`,
    runbook: 'hit-ratio.md',
  },
  {
    promise: 'originLatency',
    metric: { name: 'OriginLatency', statistic: 'p95', unit: 'milliseconds' },
    local: {
      expression: (window) => `histogram_quantile(0.95, sum by (le) (rate(edge_origin_seconds_bucket[${window}])))`,
      unit: 'seconds',
      unwell,
    },
    ...minutes,
    means: 'Visitors wait: the origin answers slowly what no cache holds.',
    look: 'edge logs nginx: which paths have a long upstream-time? Then edge logs api1',
    lookOnAws: `${accessLog}: which paths have a long time-taken?`,
    runbook: 'origin-latency.md',
  },
] as const satisfies readonly Measured[]

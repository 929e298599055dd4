import { showBound } from '../../src/core/guarantee.ts'
import { loadTesting } from './guarantees.ts'
import type { Result } from './result.ts'
import type { SeenSecond } from './watch.ts'

/** A page that says how a run went, by itself: no script, nothing loaded from elsewhere. */
export function reportHtml(result: Result, _timeline: readonly SeenSecond[]): string {
  const title = `${result.scenario}: ${result.verdict}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.6rem; margin: 0 }
  .passed { color: #18794e } .failed { color: #c62a2f } .invalid { color: #ad5700 }
  table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; font-variant-numeric: tabular-nums }
  th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884 }
  td.number, th.number { text-align: right }
  .bar { display: inline-block; height: .6rem; background: #3e63dd; border-radius: 2px; vertical-align: middle }
  .note { color: #888 }
</style>
<h1><span class="${result.verdict}">${text(result.verdict)}</span> ${text(result.scenario)}</h1>
<p>${text(`${result.users} users, ${result.seconds} s, from ${result.startedAt}, release ${result.release}`)}</p>
${result.scale === 1 ? '' : `<p class="invalid">This run was scaled by ${result.scale}: it is a trial and proves no promise.</p>`}
${result.reasons.length === 0 ? '' : `<ul>${result.reasons.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul>`}
<table>
  <thead><tr><th>metric</th><th class="number">seen</th><th class="number">bound</th></tr></thead>
  <tbody>
${metricRows(result)}
  </tbody>
</table>
<h2>Step by step</h2>
<table>
  <thead><tr><th>step</th><th class="number">requests</th><th class="number">right answers</th><th class="number">p95</th><th></th></tr></thead>
  <tbody>
${stepRows(result)}
  </tbody>
</table>
<p class="note">Times include waiting for a connection and for TLS. ${text(`${Math.round(result.idlePercent)} % of the processors were free meanwhile.`)}
k6's own charts: <a href="k6-dashboard.html">k6-dashboard.html</a>; the figures for programs: <a href="result.json">result.json</a>.</p>
</html>
`
}

function metricRows(result: Result): string {
  const rows = [
    ['Response time, 95 of 100', `${ms(result.responseTime.p95)}`, showBound(loadTesting.responseTime)],
    ['Response time, 99 of 100', `${ms(result.responseTime.p99)}`, showBound(loadTesting.tailLatency)],
    ['Failed requests', percent(result.errorPercent), showBound(loadTesting.errorRate)],
    ['Right answers', percent(result.successPercent), showBound(loadTesting.successRate)],
    ['Whole journeys', String(result.journeys.completed), `≥ ${result.journeys.least}`],
    [
      'Think time',
      `${ms(result.thinkTime.minimum)} to ${ms(result.thinkTime.maximum)}`,
      showBound(loadTesting.thinkTime),
    ],
  ]
  return rows
    .map(
      ([name = '', seen = '', bound = '']) =>
        `<tr><td>${text(name)}</td><td class="number">${text(seen)}</td><td class="number">${text(bound)}</td></tr>`,
    )
    .join('\n')
}

function stepRows({ steps }: Result): string {
  const slowest = Math.max(1, ...steps.map(({ p95 }) => p95))
  return steps
    .map(
      ({ name, requests, successPercent, p95 }) =>
        `<tr><td>${text(name)}</td><td class="number">${requests}</td><td class="number">${percent(successPercent)}</td>` +
        `<td class="number">${ms(p95)}</td><td><span class="bar" style="width:${Math.round((p95 / slowest) * 160)}px"></span></td></tr>`,
    )
    .join('\n')
}

const ms = (value: number): string => `${Math.round(value)} ms`
const percent = (value: number): string => `${Math.round(value * 10) / 10} %`
const text = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

import { k6Files } from '../../src/engines/k6.ts'
import { magnitude, minuteOf, show } from '../../src/core/units.ts'
import { analyse, trustChecks } from './analysis.ts'
import { capacityOf } from './capacity.ts'
import { changesSince, madeOtherwise, provesNothing } from './comparison/baseline.ts'
import { machineOf } from './comparison/pairs.ts'
import { type Chart, chart, escapeHtml } from './charts.ts'
import { loadTesting } from './guarantees.ts'
import { leastIdlePercent } from './judge.ts'
import { style } from './report-style.ts'
import { ms, percent } from './figures.ts'
import { type Result, trialInWords, versionsInWords } from './result.ts'
import { resourceCharts } from './resource-charts.ts'
import { saturationOf } from './saturation.ts'
import { condensed } from './timeline.ts'
import type { SeenSecond } from './watch.ts'

/** A number stays on one line with its unit. */
const text = (value: string): string =>
  escapeHtml(value.replaceAll(/(\d) (?=(?:ms|s|%)(?!\w))|([<>≥≤]) (?=\d)/g, '$1$2\u00a0'))
const mark = (good: boolean): string => (good ? '<b class="good">✓</b>' : '<b class="bad">✗</b>')

/** A page that says how a run went, by itself: no script, nothing loaded from elsewhere. */
export function reportHtml(result: Result, timeline: readonly SeenSecond[]): string {
  const word = result.interrupted ? 'interrupted' : result.verdict
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(`${result.scenario}: ${word}`)}</title>
<style>${style}</style>
<header class="${result.verdict}">
<h1>${text(result.scenario)} <span>${text(word)}</span></h1>
<p>${text(`${result.users} users · ${result.requests} requests in ${result.seconds} s · ${when(result)} · release ${result.release} · ${versionsInWords(result)} · ${machineOf(result)}`)}</p>
</header>
${scaledNotice(result)}
${reasons(result)}
<h2>What was measured</h2>
${findings(result, timeline)}
<h2>What came to its end first</h2>
${saturation(timeline)}
<h2>Load and answers</h2>
${capacity(timeline, result)}
<h2>Step by step</h2>
${steps(result)}
${sinceThen(result)}<h2>Over time</h2>
${charts(timeline, result)}
<h2>Can these figures be believed?</h2>
<ul class="trust">${trustChecks(result)
    .map(({ says, seen, good }) => `<li>${mark(good)} ${text(says)}: ${text(seen)}</li>`)
    .join('')}</ul>
<p class="note">${text(note(result))}</p>
<footer>The same for programs: <a href="result.json">result.json</a>, <a href="timeline.json">timeline.json</a>,
<a href="summary.json">summary.json</a>, <a href="junit.xml">junit.xml</a>; for a pull request: <a href="report.md">report.md</a>. ${timeline.length > 3 ? `k6's own charts: <a href="${k6Files.dashboard}">${k6Files.dashboard}</a>. ` : ''}What k6 said:
<a href="k6.log">k6.log</a>.</footer>
</html>
`
}

const note = ({ open }: Result): string =>
  [
    "Times hold waiting for a connection and for TLS: each journey begins with a new connection, and each user's browser keeps what the site lets it keep.",
    open
      ? 'Journeys began at a fixed rate, whatever the site did: what a standstill does to visitors is in these times.'
      : 'Visitors wait for an answer before they go on, so a standstill is seen by as many requests as there are users, not by all that would have come meanwhile: edge load-test --open measures those.',
  ].join(' ')

const when = ({ startedAt }: Result): string => minuteOf(startedAt)

function scaledNotice(result: Result): string {
  const trial = trialInWords(result)
  return trial === undefined
    ? ''
    : `<p class="notice">${text(`This run was not the document's scenario: ${trial}. It is a trial and proves no promise.`)}</p>`
}

function reasons({ reasons: list }: Result): string {
  if (list.length === 0) return ''
  return `<ul class="reasons">${list.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul>`
}

function findings(result: Result, timeline: readonly SeenSecond[]): string {
  const rows = analyse(result, timeline).map(
    ({ metric, seen, bound, good, says }) =>
      `<section>${mark(good)} <h3>${text(metric)}</h3><p class="seen">${text(seen)}</p><p class="bound">promised: ${text(bound)}</p><p>${text(says)}</p></section>`,
  )
  return `<div class="findings">${rows.join('\n')}</div>`
}

/** Each resource that is looked at, cleared or not, with what was seen of it. */
function saturation(timeline: readonly SeenSecond[]): string {
  if (timeline.length < 2) return '<p>The run was too short to say.</p>'
  const { says, resources } = saturationOf(timeline)
  const rows = resources.map(
    ({ name, worst, since }) =>
      `<li>${mark(since === undefined)} ${text(name)}: ${text(worst)} <small>${text(since === undefined ? 'not at its end for five seconds on end' : `at its end from ${since} s on`)}</small></li>`,
  )
  return `<p><b>${text(says)}</b></p><ul class="trust">${rows.join('')}</ul>`
}

function capacity(timeline: readonly SeenSecond[], { requestsPerSecond: cap }: Result): string {
  const { levels, says } = capacityOf(timeline, cap)
  const rows = levels.map(
    ({ users, requestsPerSecond, p95 }) =>
      `<tr><td>${users}</td><td>${Math.round(requestsPerSecond)}</td><td>${(requestsPerSecond / users).toFixed(2)}</td><td>${ms(p95)}</td></tr>`,
  )
  if (levels.length < 2) return `<p>${text(says)}</p>`
  return `<p><b>${text(says)}</b></p><div class="wide"><table><thead><tr><th>users</th><th>requests/s</th><th>of each user</th><th>p95</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function steps(result: Result): string {
  const bound = magnitude(loadTesting.responseTime.below)
  const rows = result.steps.map((step) => {
    if (step.requests === 0)
      return `<tr><td>${text(step.name)}</td><td class="bad">0</td>${'<td>–</td>'.repeat(5)}</tr>`
    const bar = Math.min(100, (100 * step.p95) / bound)
    const slow = step.p95 >= bound
    return `<tr><td>${text(step.name)}</td><td>${step.requests}</td><td>${ms(step.median)}</td><td>${ms(step.p95)}</td>
<td class="bar"><i class="${slow ? 'over' : ''}" style="width:${bar.toFixed(1)}%"></i></td>
<td class="${step.errorPercent > 0 ? 'bad' : ''}">${percent(step.errorPercent)}</td><td class="${step.successPercent < 100 ? 'bad' : ''}">${percent(step.successPercent)}</td></tr>`
  })
  return `<div class="wide"><table><thead><tr><th>step</th><th>requests</th><th>median</th><th>p95</th><th class="bar">of ${show(loadTesting.responseTime.below)}</th><th>failed</th><th>right</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function sinceThen(result: Result): string {
  const { baseline } = result
  if (!baseline) return ''
  const rows = changesSince(result).map((row) => `<tr>${row.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`)
  return `<h2>Since ${text(baseline.run)}</h2>
<p>${text(`${madeOtherwise(result)} ${provesNothing}`)}</p><div class="wide"><table><thead><tr><th>p95 of</th><th>then</th><th>now</th><th>change</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
`
}

function charts(timeline: readonly SeenSecond[], result: Result): string {
  const points = condensed(timeline)
  if (points.length < 2) return '<p>The run was too short for charts.</p>'
  const of = (value: (point: SeenSecond) => number | null) => points.map(value)
  const all: Chart[] = [
    { title: 'Users', unit: '', lines: [{ name: 'users', values: of(({ users }) => users) }], atLeast: result.users },
    {
      title: 'Requests',
      unit: 'per second',
      lines: [{ name: 'requests', values: of(({ requestsPerSecond }) => requestsPerSecond) }],
    },
    {
      title: 'Response time',
      unit: 'ms',
      lines: [
        { name: 'p99', values: of(({ p99 }) => p99) },
        { name: 'p95', values: of(({ p95 }) => p95) },
        { name: 'median', values: of(({ median }) => median) },
      ],
      bound: {
        value: magnitude(loadTesting.responseTime.below),
        says: `p95 < ${show(loadTesting.responseTime.below)}`,
      },
    },
    {
      title: 'Failed requests',
      unit: '%',
      lines: [{ name: 'failed', values: of(({ failedPercent }) => failedPercent) }],
      bound: { value: magnitude(loadTesting.errorRate.below), says: `< ${show(loadTesting.errorRate.below)}` },
      atLeast: 2,
    },
    {
      title: 'Free processor time of the machine',
      unit: '%',
      lines: [{ name: 'free', values: of(({ idlePercent }) => idlePercent) }],
      bound: { value: leastIdlePercent, says: `≥ ${leastIdlePercent} %` },
      atLeast: 100,
    },
  ]
  all.push(...resourceCharts(points))
  const seconds = of(({ seconds: at }) => at).map((at) => at ?? 0)
  return all.map((one) => chart(one, seconds)).join('\n')
}

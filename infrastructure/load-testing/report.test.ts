import { expect, it } from 'vitest'
import { markdownOf } from './markdown.ts'
import { reportHtml } from './report.ts'
import { example, exampleTimeline, quietSecond } from './proofs/test-result.ts'
import { isWhole } from './result.ts'

it('says how the run ended, and holds the three metrics with what is promised', () => {
  const page = reportHtml(example, exampleTimeline)
  for (const words of ['<title>smoke: passed</title>', 'Response time', 'Error rate', 'Success rate', 'p95 &lt;']) {
    expect(page).toContain(words)
  }
  const madeWith = 'release r1 · k6 v1.1.0, edge 0.0.1, configuration c1, nginx 1.22.1, postgresql 15.18'
  expect(page).toContain(`${madeWith} · 2 × a processor, 4 GB, id m1`)
  expect(page).not.toContain('A trial')
})

it('loads nothing and runs nothing', () => {
  expect(reportHtml(example, exampleTimeline)).not.toMatch(/<script|<link|<img|url\(|https?:\/\//)
})

it('says so when the run was scaled', () => {
  expect(reportHtml({ ...example, scale: 0.1 }, exampleTimeline)).toContain('It is a trial and proves no promise.')
})

it('names the cap of a run that was held back, and makes no proof of it', () => {
  const capped = { ...example, against: 'https://staging.example.com', requestsPerSecond: 50 }
  expect(reportHtml(capped, exampleTimeline)).toContain('it was capped at 50 requests a second')
  expect([isWhole(example), isWhole({ ...example, requestsPerSecond: 50 })]).toEqual([true, false])
})

it('names each reason, and what it names cannot become markup', () => {
  const page = reportHtml({ ...example, verdict: 'failed', reasons: ['login: <b>slow</b>'] }, exampleTimeline)
  expect(page).toContain('<li>login: &lt;b&gt;slow&lt;/b&gt;</li>')
})

it('shows no figures of a step that nobody came to', () => {
  const steps = example.steps.map((step) => ({ ...step, requests: 0 }))
  expect(reportHtml({ ...example, steps }, exampleTimeline)).toContain('<td class="bad">0</td><td>–</td>')
})

it('says when the response time went beyond its bound, and what the processors did before', () => {
  const timeline = exampleTimeline.map((second, at) => ({
    ...second,
    p95: at >= 20 ? 700 : 10,
    idlePercent: at >= 10 ? 5 : 80,
  }))
  const page = reportHtml(example, timeline).replaceAll('\u00a0', ' ')
  expect(page).toContain('on end first at 20 s, with 5 users; the processors were busy from 10 s on, which precedes it')
})

it('does without charts when nothing was recorded', () => {
  expect(reportHtml(example, [])).toContain('too short for charts')
})

it('says of arrivals what they see that users who wait do not', () => {
  const words = 'what a standstill does to visitors is in these times'
  expect(reportHtml({ ...example, open: true }, exampleTimeline)).toContain(words)
  const closed = reportHtml(example, exampleTimeline)
  expect(closed).not.toContain(words)
  expect(closed).toContain('edge load-test --open measures those')
})

it('shows what came to its end first, and the engines on the axis of all other charts', () => {
  const beside = {
    byEngine: { api1: 70, k6: 20 },
    busiestThread: { api1: 99 },
    pool: { inUse: 3, most: 100, waiting: 0 },
    connections: { open: 31, most: 500 },
  }
  const page = reportHtml(
    example,
    exampleTimeline.map((second) => ({ ...second, ...beside })),
  )
  for (const words of [
    'the busiest thread of api1, from 0',
    '<b>Processor time</b>',
    '<b>Busiest thread</b>',
    'waiting for one',
    "<b>PostgreSQL's connections</b> <small>of 500</small>",
  ])
    expect(page.replaceAll('\u00a0', ' ')).toContain(words)
})

it('tells the generator apart from all others, however many engines are busier', () => {
  const engines = ['nginx', 'api1', 'api2', 'pg1', 'pg2', 'haproxy', 'pgbouncer']
  const byEngine = { ...Object.fromEntries(engines.map((name, at) => [name, 50 + at])), k6: 20 }
  const page = reportHtml(
    example,
    exampleTimeline.map((second) => ({ ...second, byEngine })),
  )
  const [, lines] = /aria-label="Processor time: ([^"]*)"/.exec(page) ?? []
  expect(lines?.split(', ').map((line) => line.replace(/ up to.*/, ''))).toEqual([
    'pgbouncer',
    'haproxy',
    'pg2',
    'pg1',
    'k6',
    'all others',
  ])
})

it('names the seconds of a standstill that no bound of the whole run sees', () => {
  const timeline = exampleTimeline.map((second, at) => ({
    ...second,
    ...(at === 20 || at === 21 ? { p95: null, p99: null } : {}),
    ...(at === 22 ? { p95: 2900, p99: 3010 } : {}),
    ...(at === 40 || at === 41 ? { p95: 600 + at, p99: 900 } : {}),
  }))
  const says = 'Beyond its bound in 3 of 58 seconds: at 22 s (p99 3010 ms), 40 to 41 s (p95 641 ms).'
  expect(reportHtml(example, timeline).replaceAll('\u00a0', ' ')).toContain(says)
  expect(markdownOf(example, timeline)).toContain(`Response time: ${says}`)
  expect(reportHtml(example, exampleTimeline)).toContain('In no second was it beyond its bound.')
})

it('names the worst of many such seconds, and counts the seconds of a long run by its points', () => {
  const timeline = Array.from({ length: 60 }, (_, at) => ({
    ...quietSecond,
    seconds: 7 * (at + 1),
    p95: at % 10 === 0 ? 500 + at : 10,
  }))
  expect(reportHtml(example, timeline).replaceAll('\u00a0', ' ')).toContain(
    'Beyond its bound in 42 of 420 seconds: at 217 s (p95 530 ms), at 287 s (p95 540 ms), at 357 s (p95 550 ms), and 3 times more.',
  )
})

it('sets the end of a soak test beside its beginning', () => {
  const timeline = Array.from({ length: 233 }, (_, at) => ({
    ...quietSecond,
    seconds: 18 * (at + 1),
    p95: 20 + at / 50,
  }))
  const says = 'p95 was 21 ms in the first tenth of the time with all users, 24 ms in the last.'
  expect(reportHtml({ ...example, scenario: 'soak' }, timeline).replaceAll('\u00a0', ' ')).toContain(says)
  expect(reportHtml({ ...example, scenario: 'load' }, timeline)).not.toContain('in the first tenth')
})

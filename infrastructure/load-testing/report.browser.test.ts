import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { example, exampleTimeline } from './proofs/test-result.ts'
import { reportHtml } from './report.ts'
import type { Result } from './result.ts'
import type { SeenSecond } from './watch.ts'

const engines = ['nginx', 'api1', 'api2', 'haproxy', 'pgbouncer', 'pg1', 'etcd', 'k6', 'others']
const each = (value: number) => Object.fromEntries(engines.map((name, at) => [name, value * (1 + at / 10)]))

/** The course of a run of which everything was seen, with a wave in each figure. */
const course = (points: number, every: number, users: number): readonly SeenSecond[] =>
  Array.from({ length: points }, (_, at) => {
    const wave = 1 + Math.sin(at / 5)
    return {
      seconds: at * every,
      users,
      requestsPerSecond: 100 * wave,
      median: 5,
      p95: 300 * wave,
      p99: 700 * wave,
      failedPercent: wave,
      idlePercent: 60 + 10 * wave,
      byEngine: each(20 * wave),
      busiestThread: each(30 * wave),
      pool: { inUse: Math.round(20 * wave), most: 100, waiting: Math.round(3 * wave) },
      memory: each(120),
      connections: { open: Math.round(30 * wave), most: 500 },
      eventLoops: { api1: 4 * wave, api2: 5 * wave },
      behindMs: 12 * wave,
      longestMs: 9 * wave,
      hitPercent: 95 + wave,
    }
  })
const long: Result = {
  ...example,
  scenario: 'stress',
  verdict: 'failed',
  users: 1000,
  seconds: 1920,
  scale: 0.5,
  reasons: ['login: 95 of 100 requests took up to 812 ms (must be < 500 ms)'],
  steps: ['homepage', 'a-step-of-which-the-name-is-long', 'assets'].map((name) => ({
    name,
    requests: 123_456,
    median: 80,
    p95: 812,
    errorPercent: 1.2,
    successPercent: 98.8,
  })),
}
/** What stands on the page: how many charts there are of such a run, and it itself. */
const pages = {
  'a run that passed': { html: reportHtml(example, exampleTimeline), charts: 5 },
  'a run that failed, and of which all was seen': { html: reportHtml(long, course(240, 8, 1000)), charts: 14 },
  // Of the time axis the last number stands at the edge.
  'a run of ten minutes': { html: reportHtml({ ...example, verdict: 'invalid' }, course(601, 1, 100)), charts: 14 },
} as const
const whole = pages['a run that failed, and of which all was seen'].html

const windows = { desktop: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } } as const
type Look = { readonly window: keyof typeof windows; readonly colorScheme: 'light' | 'dark' }
const looks: readonly Look[] = [
  { window: 'desktop', colorScheme: 'light' },
  { window: 'desktop', colorScheme: 'dark' },
  { window: 'phone', colorScheme: 'light' },
  { window: 'phone', colorScheme: 'dark' },
]

let browser: Browser
let page: Page
let lookAtIt: string
beforeAll(async () => {
  lookAtIt = await readFile(join(import.meta.dirname, 'proofs/broken-to-see.js'), 'utf8')
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  page = await browser.newPage()
})
afterAll(() => browser?.close())

async function brokenOn(html: string, { window, colorScheme }: Look): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme })
  await page.setViewportSize(windows[window])
  await page.setContent(html)
  return page.evaluate(lookAtIt)
}

describe.each(Object.entries(pages))('the page of %s', (_name, { html, charts }) => {
  it.each(looks)('shows nothing broken on a $window, $colorScheme', async (look) => {
    expect(await brokenOn(html, look)).toEqual([])
    expect(await page.locator('figure svg').count()).toBe(charts)
  })
})

it.each<[what: string, Look, (html: string) => string, RegExp]>([
  [
    'a table wider than a phone',
    { window: 'phone', colorScheme: 'light' },
    (html) => html.replace('.wide { overflow-x: auto }', ''),
    /^the page is \d+ px wide in a window of 360 px$/,
  ],
  [
    'words that are as good as their background',
    { window: 'desktop', colorScheme: 'dark' },
    (html) => html.replace('--ink: light-dark(#1c2024, #edeef0)', '--ink: #1c2024'),
    /^"[^"]+" has a contrast of 1\.\d, 4\.5 at least$/,
  ],
  [
    'a line that is as good as its background',
    { window: 'desktop', colorScheme: 'light' },
    (html) => html.replace('--a: light-dark(#3e63dd', '--a: light-dark(#eeeeff'),
    /^Users: a line has a contrast of 1\.\d, 3 at least$/,
  ],
  [
    'words that reach beyond a chart',
    { window: 'desktop', colorScheme: 'light' },
    (html) => html.replace('<text class="tick" x="52"', '<text class="tick" x="0"'),
    /^Users: "0 s" is cut off at the edge of the chart$/,
  ],
  [
    'words over each other',
    { window: 'desktop', colorScheme: 'light' },
    (html) => html.replace('<text class="tick" x="52"', '<text class="tick" x="160"'),
    /^Users: "0 s" lies over "5 min"$/,
  ],
  [
    'a chart without a line',
    { window: 'phone', colorScheme: 'dark' },
    (html) => html.replaceAll(/<path class="line0" d="[^"]*"/g, '<path class="line0" d=""'),
    /^Users: nothing is drawn over half of the time$/,
  ],
])('sees %s', async (_what, look, spoil, words) => {
  expect(await brokenOn(spoil(whole), look)).toContainEqual(expect.stringMatching(words))
})

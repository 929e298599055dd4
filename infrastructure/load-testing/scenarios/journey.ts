import { sleep } from 'k6'
import exec from 'k6/execution'
import http, { type RefinedResponse, type ResponseType } from 'k6/http'
import { Counter, Rate, Trend } from 'k6/metrics'
import type { RunFile } from '../run-file.ts'
import { assetsNamedIn } from './assets.ts'
import { lengthOf, type ScenarioName, scaledOptions, secondsOfJourney, topOf, userAgent } from './stages.ts'

/**
 * What edge wrote for this run: addresses, journey, bounds. Holds the test password: a file of mode 0600. Beside the
 * script where that was exported, without a password.
 */
const run: RunFile = JSON.parse(open(__ENV['EDGE_RUN'] ?? './run.json'))

/** Waiting for a connection and for TLS counts: a visitor waits for them, and k6's own http_req_duration leaves them out. */
const responseTime = new Trend('response_time', true)
const thinkTime = new Trend('think_time', true)
const stepRequests = new Counter('step_requests')
const stepOk = new Rate('step_ok')
const journeysCompleted = new Counter('journeys_completed')
const journeySuccess = new Rate('journey_success')

let top: ReturnType<typeof topOf>
let length = Infinity

export function optionsOf(name: ScenarioName) {
  top = topOf(name, run.scale)
  length = lengthOf(name, run.scale)
  return {
    scenarios: { [name]: scaledOptions(name, run, secondsOfJourney(run.journey.length, run.think)) },
    ...(run.requestsPerSecond === undefined ? {} : { rps: run.requestsPerSecond }),
    thresholds: run.thresholds,
    hosts: run.hosts,
    summaryTrendStats: ['avg', 'min', 'med', 'p(95)', 'p(99)', 'max', 'count'],
    userAgent,
    // Each tag of k6's own is looked up for each of the dozen samples of a request; the steps have theirs.
    systemTags: ['name', 'scenario'],
    // Each journey begins with a new connection: kept ones would leave TLS out of everything but the first minute.
    noVUConnectionReuse: true,
    // Bodies are read where they are judged; the rest is thrown away and costs the generator nothing.
    discardResponseBodies: true,
  }
}

type Request = RunFile['journey'][number]['requests'][number]
type Places = Readonly<Record<string, string>>

/** Whether this virtual user is on its first way: a short trial has no other, so it is gone to its end. */
let isFirst = true

/** One visitor's way through the site. It ends at the first step that goes wrong, and says so. */
export function journey(): void {
  const places = visitor()
  let came: ReturnType<typeof walk> = 'wrong'
  // A script error on the way must count as a failed journey: k6 ends with 0 when every iteration throws.
  try {
    came = walk(places)
  } finally {
    isFirst = false
    // Who was on the way when the time was over has neither come through nor failed.
    if (came !== 'cut off') journeySuccess.add(came === 'whole')
    journeysCompleted.add(came === 'whole' ? 1 : 0)
  }
}

function walk(places: Places): 'whole' | 'wrong' | 'cut off' {
  for (const { name, requests } of run.journey) {
    if (secondsLeft() <= 0) return 'cut off'
    const well = requests.every((request) => ask(name, request, places))
    think()
    if (!well) return 'wrong'
  }
  return 'whole'
}

/** Until visitors are called back, without whom the scenario would go on for as long as a journey takes. */
const secondsLeft = (): number => (isFirst ? Infinity : length - secondsGone())

/** k6 makes a new description of the scenario whenever it is asked for one: that took 3 % of its time. */
let startTime: number | undefined

function secondsGone(): number {
  startTime ??= exec.scenario.startTime
  return (Date.now() - startTime) / 1000
}

/** Each virtual user signs in as one account, and takes one of each choice for a journey. */
function visitor(): Places {
  const number = ((exec.vu.idInTest - 1) % run.accounts) + 1
  const chosen = Object.entries(run.choices).map(([name, list]) => [
    name,
    list[Math.floor(Math.random() * list.length)] ?? '',
  ])
  return {
    ...Object.fromEntries(chosen),
    account: `user-${String(number).padStart(4, '0')}`,
    password: __ENV['EDGE_PASSWORD'] ?? run.password,
  }
}

/** The pause before the next step. The last twentieth of the range is left for a timer that rings late. */
function think(): void {
  const { minimumMs, maximumMs } = run.think
  const seconds = (minimumMs + Math.random() * 0.95 * (maximumMs - minimumMs)) / 1000
  const left = secondsLeft()
  // One that the end cuts short is no visitor's pause.
  if (left < seconds) return sleep(Math.max(0, left))
  const begun = Date.now()
  sleep(seconds)
  // As it was, not as it was meant.
  thinkTime.add(Date.now() - begun)
}

function ask(step: string, request: Request, places: Places): boolean {
  const isRead = request.contains !== undefined || request.assets
  const path = fill(request.path, places)
  const response = http.request(
    request.method,
    `${run.site}${path}`,
    bodyOf(request, places),
    paramsOf(step, request.status, isRead ? 'text' : 'none'),
  )
  const text = typeof response.body === 'string' ? response.body : ''
  const right = judge(step, response, request.status, fill(request.contains ?? '', places), text)
  return right && request.assets ? loadAssets(text, path) : right
}

function bodyOf({ body }: Request, places: Places): string | null {
  if (body === undefined) return null
  return JSON.stringify(Object.fromEntries(Object.entries(body).map(([name, value]) => [name, fill(value, places)])))
}

const fill = (text: string, places: Places): string =>
  text.includes('{') ? text.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole) : text

/** Made once: k6's JavaScript is an interpreter, and takes more time for such an object than for sending it. */
const params = new Map<string, RequestParams>()
type RequestParams = ReturnType<typeof newParams>

function paramsOf(step: string, status: number, responseType: 'text' | 'none'): RequestParams {
  const key = `${step} ${status} ${responseType}`
  const made = params.get(key) ?? newParams(step, status, responseType)
  params.set(key, made)
  return made
}

const newParams = (step: string, status: number, responseType: 'text' | 'none') => ({
  headers: { 'Content-Type': 'application/json', Origin: run.site, 'Accept-Encoding': 'gzip, br' },
  // One name for all paths of a step, else each sport would be a time series of its own.
  tags: { name: step, step },
  timeout: '10s',
  responseCallback: http.expectedStatuses(status),
  responseType,
})

/** What this virtual user's browser keeps: each has its own copy of this module. */
const cached = new Set<string>()

/** The page is mostly the one of the journey before: to look through it again would take longer than to load it. */
let lastPage: { readonly text: string; readonly path: string; readonly names: readonly string[] } | undefined

function namedInPage(text: string, path: string): readonly string[] {
  if (lastPage?.text !== text || lastPage.path !== path) lastPage = { text, path, names: assetsNamedIn(text, path) }
  return lastPage.names
}

/** Loads what the page names and the cache does not hold, six at a time as a browser does; then what style sheets name. */
function loadAssets(page: string, at: string): boolean {
  const asked = new Set<string>()
  const missing = (names: readonly string[]) => names.filter((path) => !cached.has(path) && !asked.has(path))
  let next = missing(namedInPage(page, at))
  while (next.length > 0) {
    const responses = http.batch(next.map(assetRequest))
    if (!responses.every((response) => judge('assets', response, 200, '', ''))) return false
    for (const [index, path] of next.entries()) {
      asked.add(path)
      // A site that does not let browsers keep its files is asked for them in each journey.
      if (/max-age=[1-9]/.test(responses[index]?.headers['Cache-Control'] ?? '')) cached.add(path)
    }
    const styles = next.flatMap((path, index) => {
      const body = responses[index]?.body
      return typeof body === 'string' ? assetsNamedIn(body, path) : []
    })
    next = missing([...new Set(styles)])
  }
  return true
}

function assetRequest(path: string) {
  return {
    method: 'GET',
    url: `${run.site}${path}`,
    params: paramsOf('assets', 200, path.includes('.css') ? 'text' : 'none'),
  }
}

function judge(
  step: string,
  response: RefinedResponse<ResponseType>,
  status: number,
  contains: string,
  text: string,
): boolean {
  stepRequests.add(1, { step })
  responseTime.add(response.timings.blocked + response.timings.duration, isAtTop() ? { step, phase: 'top' } : { step })
  const right = response.status === status && text.includes(contains)
  stepOk.add(right, { step })
  return right
}

function isAtTop(): boolean {
  if (top === undefined) return false
  const seconds = secondsGone()
  return seconds >= top.from && seconds < top.to
}

/** Everything that k6 measured, for edge to judge. */
export function handleSummary(data: unknown): Record<string, string> {
  return { [run.summaryFile]: JSON.stringify(data) }
}

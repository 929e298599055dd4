import { sleep } from 'k6'
import exec from 'k6/execution'
import http, { type RefinedResponse, type ResponseType } from 'k6/http'
import { Counter, Rate, Trend } from 'k6/metrics'
import type { RunFile } from '../run-file.ts'
import { isRead, isRedirect, isRight, mostRedirects, originOf, redirectTarget } from './answers.ts'
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
const stepOk = new Rate('step_ok')
/** k6's own, by its name. Left to k6, each redirect on the way to a right answer is a failure. */
const failed = new Rate('http_req_failed')
// Null is what k6 takes for that; its types do not have it.
http.setResponseCallback(null as unknown as Parameters<typeof http.setResponseCallback>[0])
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
    // Each tag of k6's own is looked up for each of the dozen samples of a request. Without a name, none of k6's figures is
    // kept for each path by itself: the steps have their own tag.
    systemTags: ['scenario'],
    // Each journey begins with a new connection: kept ones would leave TLS out of everything but the first minute.
    noVUConnectionReuse: true,
    // Bodies are read where they are judged; the rest is thrown away and costs the generator nothing.
    discardResponseBodies: true,
  }
}

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
  for (const asked of steps) {
    if (secondsLeft() <= 0) return 'cut off'
    const well = asked.every((one) => ask(one, places))
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

/** Stays the same; k6 makes a new description of the user whenever it is asked for it. */
let idInTest: number | undefined

/** Each virtual user signs in as one account, and takes one of each choice for a journey. */
function visitor(): Places {
  idInTest ??= exec.vu.idInTest
  const number = ((idInTest - 1) % run.accounts) + 1
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

type Tags = { [name: string]: string }
type Step = { readonly name: string; readonly always: Tags; readonly atTop: Tags }
type RequestParams = ReturnType<typeof newParams>

const stepOf = (name: string): Step => ({ name, always: { step: name }, atTop: { step: name, phase: 'top' } })

/** Who waits so long, over all hops of a redirect, goes. */
const patienceMs = 10_000

const newParams = (step: Step, responseType: 'text' | 'none') => ({
  headers: { 'Content-Type': 'application/json', Origin: run.site, 'Accept-Encoding': 'gzip, br' },
  tags: step.always,
  timeout: `${patienceMs}ms`,
  // They are followed here, where it is seen where they lead.
  redirects: 0,
  responseType,
})

/** Made once: k6's JavaScript is an interpreter, and takes more time for such objects than for sending a request. */
const steps = run.journey.map(({ name, requests }) => {
  const step = stepOf(name)
  return requests.map((request) => ({
    step,
    request,
    params: newParams(step, isRead(request) ? 'text' : 'none'),
  }))
})
const assets = stepOf('assets')
const [styleParams, assetParams] = [newParams(assets, 'text'), newParams(assets, 'none')]
const ownOrigin = originOf(run.site)

function ask({ step, request, params }: (typeof steps)[number][number], places: Places): boolean {
  const { method } = request
  const path = fill(request.path, places)
  const sent = { method, url: `${run.site}${path}`, body: bodyOf(request, places) }
  const answer = follow(step, request.status, sent, params, http.request(method, sent.url, sent.body, params))
  const right = judge(step, request, answer, fill(request.contains ?? '', places))
  return right && request.assets ? loadAssets(answer.text, path) : right
}

type Sent = { readonly method: string; readonly url: string; readonly body: string | null }
/** The last one, and how many requests led to it. */
type Answer = { readonly status: number; readonly text: string; readonly ms: number; readonly requests: number }

/**
 * Goes where an answer leads, on this site. k6 would go to any other as well: one that nobody asked for would be loaded, and
 * what it answers taken for this one's. Each hop is waited for, so its time counts. A redirect that is right is the answer itself.
 */
function follow(
  step: Step,
  right: number,
  sent: Sent,
  params: RequestParams,
  first: RefinedResponse<ResponseType>,
): Answer {
  // One by one: to take a list apart costs k6's JavaScript forty times as much.
  let at = sent
  let response = first
  let ms = waitedFor(first)
  let { status } = first
  let requests = 1
  for (; isRedirect(status) && status !== right && requests <= mostRedirects && ms < patienceMs; requests++) {
    const url = redirectTarget(status, response.headers['Location'], at.url)
    if (url === undefined) break
    if (originOf(url) !== ownOrigin) {
      tellOfOther(step.name, originOf(url))
      break
    }
    // As browsers do: only 307 and 308 are asked with the same method again.
    at = status >= 307 ? { ...at, url } : { method: 'GET', url, body: null }
    response = http.request(at.method, at.url, at.body, params)
    ;({ status } = response)
    ms += waitedFor(response)
  }
  // k6 makes a new text of it whenever it is asked for one.
  const { body } = response
  return { status, text: typeof body === 'string' ? body : '', ms, requests }
}

function waitedFor({ timings }: RefinedResponse<ResponseType>): number {
  return timings.blocked + timings.duration
}

/** k6's own: it writes to its log. */
declare const console: { readonly warn: (text: string) => void }

const told = new Set<string>()

/** Once by each virtual user: edge finds it among what k6 said, and names it. */
function tellOfOther(step: string, origin: string): void {
  const words = `${step}: leads to another site, ${origin}`
  if (!told.has(words)) console.warn(words)
  told.add(words)
}

function bodyOf({ body }: RunFile['journey'][number]['requests'][number], places: Places): string | null {
  if (body === undefined) return null
  return JSON.stringify(Object.fromEntries(Object.entries(body).map(([name, value]) => [name, fill(value, places)])))
}

const fill = (text: string, places: Places): string =>
  text.includes('{') ? text.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole) : text

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
    const answers = next.map((path, index) => assetAnswer(path, responses[index]))
    if (!answers.every((answer) => judge(assets, asset, answer, ''))) return false
    for (const [index, path] of next.entries()) {
      asked.add(path)
      // A site that does not let browsers keep its files is asked for them in each journey.
      if (/max-age=[1-9]/.test(responses[index]?.headers['Cache-Control'] ?? '')) cached.add(path)
    }
    const styles = next.flatMap((path, index) => assetsNamedIn(isStyle(path) ? (answers[index]?.text ?? '') : '', path))
    next = missing([...new Set(styles)])
  }
  return true
}

/** A file may have nothing in it. */
const asset = { method: 'GET', status: 200, contains: '', assets: false } as const
const isStyle = (path: string): boolean => path.includes('.css')
const paramsOf = (path: string): RequestParams => (isStyle(path) ? styleParams : assetParams)

function assetAnswer(path: string, response: RefinedResponse<ResponseType> | undefined): Answer {
  if (!response) return { status: 0, text: '', ms: 0, requests: 1 }
  const sent = { method: 'GET', url: `${run.site}${path}`, body: null }
  return follow(assets, asset.status, sent, paramsOf(path), response)
}

function assetRequest(path: string) {
  return { method: 'GET', url: `${run.site}${path}`, params: paramsOf(path) }
}

function judge(
  step: Step,
  wanted: Parameters<typeof isRight>[0],
  { status, text, ms, requests }: Answer,
  contains: string,
) {
  responseTime.add(ms, isAtTop() ? step.atTop : step.always)
  const right = isRight(wanted, status, contains, text)
  stepOk.add(right, step.always)
  // As k6 counts them: each request that led to a wrong end has failed, and none that led to a right one.
  for (let one = 0; one < requests; one++) failed.add(status !== wanted.status, step.always)
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

import { eachUntil } from '../../src/core/at-once.ts'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { type AppEndpoint, enginesOf, type Machine } from './endpoint.ts'
import { type Silent, silentProcesses } from './silent-processes.ts'
import { type Asked, type Journey, type JourneyRequest, Visitor } from './visitor.ts'

/** Of one answer in twenty that is wrong, so many requests meet one at least in 999 of 1000 times. */
const readsInAll = 160
/** Two processes that are each wrong at every twentieth, asked in turn, have both been found out by then. */
const readsOfEach = 40
const answerWithinMs = 10_000
/** Nothing more is asked after that: the walk has to end before the check must (src/core/verify.ts), whatever the API does. */
const walkWithinMs = 30_000
/** For so long it is asked again and again, for all requests together: a slow API answers fewer. */
const againForMs = 6000

type Visited = Pick<AppEndpoint, 'visits' | 'api'> & { readonly machine: Pick<Machine, 'state'> }

/**
 * Goes the journey of the load tests once, as one visitor with a test account, through the public edge. What only reads
 * from the API is asked many times on the way: one answer in twenty that is wrong is wrong for thousands of visitors.
 * What writes is asked once, as it is in any journey. Each process is asked by itself, too: while one of them hangs,
 * visitors have the answers of the other, and nothing stands in for that one any more.
 */
export async function answers(endpoint: Visited, world: World): Promise<Verdict> {
  const { journey } = endpoint.visits
  const known = journey ?? whatIsKnown(endpoint)
  const [steps, silent] = await Promise.all([walk(endpoint, known), silentProcesses(endpoint, world)])
  const problem = firstProblem(steps)
  const seen = evidenceOf(endpoint, known, steps)
  if (silent.length > 0) return broken(seen, silentWords(silent, problem), silentNext(silent))
  if (problem) return broken(seen, wordsOf(problem), nextFor(problem, endpoint))
  if (journey) return kept(seen)
  const right = known.map(({ name }) => name).join(' and ')
  return notClaimed(`loadTesting.journey does not say what a visitor of this app does; ${right} are right`)
}

/** Of an app that says nothing of its visitors: the homepage, and that the API is there. */
function whatIsKnown({ api, visits }: Visited): Journey {
  const get = { method: 'GET', status: 200 } as const
  const health = api && visits.isOfApi(api.health) ? [{ ...get, path: api.health, contains: '' }] : []
  return [
    { name: 'homepage', requests: [{ ...get, path: '/' }] },
    ...(health.length > 0 ? [{ name: 'health', requests: health }] : []),
  ]
}

/** One request of a journey, and what came of it; `limited`: the API itself wanted to be asked no more (429). */
type Walked = {
  readonly step: string
  readonly request: JourneyRequest
  readonly path: string
  readonly asked: number
  readonly wrong: number
  readonly limited: boolean
  readonly first: Asked | undefined
}

/** All steps, also behind one that goes wrong: the last of them ends the session that the second began. */
async function walk({ visits }: Visited, journey: Journey): Promise<readonly Walked[]> {
  const { site, accounts, password, choices } = visits
  const chosen = Object.entries(choices).map(([name, list]) => [
    name,
    list[Math.floor(Math.random() * list.length)] ?? '',
  ])
  const requests = journey.flatMap(({ name, requests: ofStep }) => ofStep.map((request) => ({ step: name, request })))
  const readers = requests.filter(({ request }) => visits.isOfApi(request.path) && request.method === 'GET').length
  const client = await visits.open()
  // The last account: virtual users sign in as the first ones.
  const account = `user-${String(accounts).padStart(4, '0')}`
  const visitor = new Visitor(client, site, { ...Object.fromEntries(chosen), account, password })
  const until = performance.now() + walkWithinMs
  const walked: Walked[] = []
  try {
    for (const { step, request } of requests) {
      const again = visits.isOfApi(request.path) && request.method === 'GET' ? againFor(readers) : undefined
      walked.push({ step, ...(await askOften(visitor, request, until, again)) })
    }
    return walked
  } finally {
    await client.close()
  }
}

const againFor = (readers: number) => ({
  times: Math.max(readsOfEach, Math.ceil(readsInAll / readers)) - 1,
  forMs: againForMs / readers,
})

async function askOften(
  visitor: Visitor,
  request: JourneyRequest,
  until: number,
  again: { readonly times: number; readonly forMs: number } | undefined,
): Promise<Omit<Walked, 'step'>> {
  const path = visitor.pathOf(request)
  if (performance.now() >= until) {
    const first = { problem: `was not asked: what came before took ${walkWithinMs / 1000} s` }
    return { request, path, asked: 0, wrong: 1, limited: false, first }
  }
  const asked = [await visitor.ask(request, answerWithinMs)]
  let limited = false
  if (again && asked[0]?.problem === undefined) {
    const times = Array.from({ length: again.times })
    const more = await eachUntil(Math.min(until, performance.now() + again.forMs), times, async () => {
      const one = limited ? undefined : await visitor.ask(request, answerWithinMs)
      limited ||= one?.status === 429
      return one
    })
    asked.push(...more.flatMap((one) => (one === undefined || one.status === 429 ? [] : [one])))
  }
  const wrong = asked.filter(({ problem }) => problem !== undefined)
  return { request, path, asked: asked.length, wrong: wrong.length, limited, first: wrong[0] }
}

const firstProblem = (walked: readonly Walked[]): Walked | undefined => walked.find(({ wrong }) => wrong > 0)

function wordsOf({ step, request, path, asked, wrong, first }: Walked): string {
  const often = asked > 1 ? ` (${wrong} of ${asked} times)` : ''
  return `${step}: ${request.method} ${path} ${first?.problem}${often}`
}

function silentWords(silent: readonly Silent[], problem: Walked | undefined): string {
  const each = silent.map(({ name, because }) => `${name}: ${because}`).join('; ')
  return problem ? `${each}; ${wordsOf(problem)}` : `${each}; visitors have the answers of the others`
}

const silentNext = (silent: readonly Silent[]): string =>
  `${silent.map(({ name }) => `edge logs ${name}`).join('; ')}; edge deploy app starts what does not answer anew`

function nextFor({ request, first }: Walked, endpoint: Visited): string {
  const expected = 'loadTesting.journey says what is right'
  const { isOfApi } = endpoint.visits
  if (!isOfApi(request.path)) return `edge verify cdn; ${expected}`
  const signsIn = Object.values(request.body ?? {}).some((value) => value.includes('{password}'))
  if (signsIn && (first?.status === 401 || first?.status === 403))
    return 'do the migrations make the accounts of TEST_ACCOUNTS with TEST_PASSWORD? edge logs api1'
  const [engine] = enginesOf(endpoint)
  if (engine === undefined) return `the API runs elsewhere: its own log says why; ${expected}`
  return `edge logs ${engine}; ${expected}`
}

function evidenceOf({ visits }: Visited, journey: Journey, walked: readonly Walked[]) {
  const sum = (of: (one: Walked) => number): number => walked.reduce((total, one) => total + of(one), 0)
  const reads = walked.filter(({ request }) => visits.isOfApi(request.path) && request.method === 'GET')
  const [asked, wrong] = [sum((one) => one.asked), sum((one) => Math.min(one.asked, one.wrong))]
  return measured({
    steps: journey.map(({ name }) => name),
    'answers right': `${asked - wrong} of ${asked}`,
    'asked of the API': reads.length === 0 ? 'each once' : `reads ${timesOf(reads)}, others once`,
    ...(walked.some(({ limited }) => limited) ? { limits: 'the API wants to be asked less (429)' } : {}),
  })
}

function timesOf(reads: readonly Walked[]): string {
  const times = reads.map(({ asked }) => asked)
  const [least, most] = [Math.min(...times), Math.max(...times)]
  return least === most ? `${least} times each` : `${least} to ${most} times each`
}

import { randomUUID } from 'node:crypto'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { type Answer, type SiteClient, withSite } from './fetch.ts'
import type { Site } from './endpoint.ts'
import { isOfApi } from './routing.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'

/**
 * Only what lies below /api goes through the CDN to the API; its own health may lie elsewhere, and would be answered by
 * the static site, which says nothing about the API.
 */
const askedOf = (health: string): string => (isOfApi(health) ? health : '/api/')

/** More of them say nothing new. */
const mostPaths = 8
type Asked = { readonly path: string; readonly id: string; readonly answer: Answer }

/** One path so many times, each with an id of its own: the second answer is where a cache shows. */
async function askOften({ ask }: SiteClient, path: string, times: number): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  for (let round = 0; round < times; round += 1) {
    const id = `edge-check-${randomUUID()}`
    asked.push({ path, id, answer: await ask(path, { headers: { 'x-request-id': id } }) })
  }
  return asked
}

/**
 * Asks the API several times for its health and for what visitors ask of it, where that is known: a location of nginx
 * for one path caches no other. Each request has an id of its own: an API that sends the id back shows a cached answer
 * by the id of another request. Where it sends none, the headers have to do.
 */
export async function apiUncached({ api, ...endpoint }: Site): Promise<Verdict> {
  if (!api) return notClaimed('this site has no API')
  return withSite(endpoint, async (client) => {
    const path = askedOf(api.health)
    const ofVisitors = journeyOf(api).filter((other) => other !== path)
    const others = await Promise.all(ofVisitors.slice(0, mostPaths).map((other) => askOften(client, other, 2)))
    const ofHealth = await askOften(client, path, 3)
    const asked = [...ofHealth, ...others.flat()]
    const echoes = asked.filter(({ answer }) => answer.header('x-request-id') !== '')
    const seen = measured({
      asked: [path, ...new Set(others.flat().map((one) => one.path))],
      'cache-control': [...new Set(asked.map(control))],
      'own answers':
        echoes.length > 0 ? `${echoes.filter(isOwn).length} of ${asked.length}` : 'the API sends no request id back',
    })
    // What visitors ask of it may fail in its own ways; whether that may be kept is all that is asked here.
    const failed = ofHealth.find(({ answer }) => answer.status >= 500)
    if (failed) return broken(seen, `${path} answers ${failed.answer.status}`, 'edge status; edge logs api1')
    const problem =
      keptProblem(ofHealth, 'the API') ?? others.map((one) => keptProblem(one, one[0]?.path ?? '')).find(isSaid)
    return problem === undefined ? kept(seen) : broken(seen, problem, next)
  })
}

const control = ({ answer }: Asked): string => answer.header('cache-control')
const isOwn = ({ id, answer }: Asked): boolean => answer.header('x-request-id') === id
const isSaid = (problem: string | undefined): boolean => problem !== undefined

/** What shows that an answer came out of a cache, or may go into one; undefined where nothing does. */
function keptProblem(asked: readonly Asked[], whose: string): string | undefined {
  const has = (name: string, value: RegExp): boolean => asked.some(({ answer }) => value.test(answer.header(name)))
  if (asked.some((one) => one.answer.header('x-request-id') !== '' && !isOwn(one)))
    return `an answer of ${whose} was another request's`
  if (has('age', /./)) return `an answer of ${whose} came from a cache (Age)`
  // The edge's own word for it: the one trace that a cache leaves where the API sends no id back.
  if (has('x-cache', /^(refresh)?hit\b/i)) return `an answer of ${whose} came from a cache (X-Cache)`
  return asked.every((one) => /\bno-store\b/.test(control(one))) ? undefined : `an answer of ${whose} may be kept`
}

/** What visitors ask of the API, as far as it goes through the CDN to it. */
export const journeyOf = ({ journey }: NonNullable<Site['api']>): readonly string[] => journey.filter(isOfApi)

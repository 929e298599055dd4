import { randomUUID } from 'node:crypto'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { findAssets } from './assets.ts'
import { type Answer, maxAgeSeconds, type SiteClient, withSite } from './fetch.ts'
import type { CdnEndpoint } from './local.ts'
import { apiPath } from './routing.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'

/**
 * Only what lies below /api goes through the CDN to the API; its own health may lie elsewhere, and would be answered by
 * the static site, which says nothing about the API.
 */
const askedOf = (health: string): string => (new RegExp(apiPath).test(health) ? health : '/api/')

/**
 * Asks one path of the API several times, each with an id of its own: an API that sends the id back shows a cached
 * answer by the id of another request. Where it sends none, the headers have to do.
 */
export async function apiUncached({ api, ...endpoint }: CdnEndpoint): Promise<Verdict> {
  if (!api) return notClaimed('this site has no API')
  return withSite(endpoint, async ({ ask }) => {
    const path = askedOf(api.health)
    const asked: { id: string; answer: Answer }[] = []
    for (let round = 0; round < 3; round += 1) {
      const id = `edge-check-${randomUUID()}`
      asked.push({ id, answer: await ask(path, { headers: { 'x-request-id': id } }) })
    }
    const first = asked[0]?.answer
    const control = first?.header('cache-control') ?? ''
    const echoes = asked.filter(({ answer }) => answer.header('x-request-id') !== '')
    const seen = measured({
      asked: path,
      'cache-control': control,
      'own answers':
        echoes.length > 0
          ? `${asked.filter(({ id, answer }) => answer.header('x-request-id') === id).length} of ${asked.length}`
          : 'the API sends no request id back',
    })
    const failed = asked.find(({ answer }) => answer.status >= 500)
    if (failed) return broken(seen, `${path} answers ${failed.answer.status}`, 'edge status; edge logs api1')
    const foreign = echoes.find(({ id, answer }) => answer.header('x-request-id') !== id)
    if (foreign) return broken(seen, "an answer was another request's", next)
    if (asked.some(({ answer }) => answer.header('age') !== ''))
      return broken(seen, 'an answer came from a cache (Age)', next)
    if (!/\bno-store\b/.test(control)) return broken(seen, 'an answer of the API may be kept', next)
    return kept(seen)
  })
}

/** Makes errors of every kind and looks whether one of them may be kept. */
export async function errorsUncached(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const answers = await errors(client, endpoint)
    const wrong = answers.filter(({ status }) => status < 400)
    const keepable = answers.filter((answer) => !uncached(answer))
    const seen = measured({
      errors: answers.length,
      statuses: [...new Set(answers.map(({ status }) => String(status)))].toSorted(),
    })
    if (wrong[0]) return broken(seen, `${pathOf(wrong[0])} answers ${wrong[0].status}, not an error`, next)
    if (keepable[0]) {
      const value = keepable[0].header('cache-control')
      return broken(
        seen,
        `the ${keepable[0].status} of ${pathOf(keepable[0])} may be kept (${value === '' ? 'no Cache-Control' : value})`,
        next,
      )
    }
    return kept(seen)
  })
}

const pathOf = ({ url }: Answer): string => new URL(url).pathname
const uncached = (answer: Answer): boolean =>
  /\bno-store\b/.test(answer.header('cache-control')) && maxAgeSeconds(answer.header('cache-control')) === 0

async function errors(client: SiteClient, { api }: CdnEndpoint): Promise<readonly Answer[]> {
  const gone = randomUUID().slice(0, 8)
  const { ask } = client
  const assets = await findAssets(client)
  const paths = [`/assets/gone-${gone}.js`, `/gone-${gone}.png`, `/gone-${gone}.woff2`, `/gone-${gone}.html`, '/.env']
  const missing = await Promise.all(paths.map((path) => ask(path)))
  const refused = await ask('/', { method: 'DELETE' })
  const beyond =
    assets.hashed[0] === undefined ? [] : [await ask(assets.hashed[0], { headers: { range: 'bytes=99999999-' } })]
  const ofApi = api ? [await ask(`/api/edge-check-${gone}`)] : []
  // An API may answer 200 to whatever it is asked: then that is no error.
  return [...missing, refused, ...beyond, ...ofApi.filter(({ status }) => status >= 400)]
}

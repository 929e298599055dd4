import { randomUUID } from 'node:crypto'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { findAssets } from './assets.ts'
import { type Answer, maxAgeSeconds, type SiteClient, withSite } from './fetch.ts'
import type { CdnEndpoint, Site } from './endpoint.ts'
import { logDelayMs } from './log-fields.ts'
import { type EdgeMachine, loggedWithinMs, logLines, untilLogged } from './machine.ts'
import { isOfApi } from './routing.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'
/** A cache counts the age of its copies in seconds. */
const ageShowsAfterMs = 1100

type Asked = { readonly id: string; readonly answer: Answer }

/**
 * Makes errors of every kind: no browser may keep one, and no cache may answer with one. What is missing is asked for
 * twice: on this machine the log says whether the store, or the API, was asked both times. From elsewhere a cache shows
 * only where it says so itself.
 */
export async function errorsUncached(endpoint: CdnEndpoint, world: Pick<World, 'sleep'>): Promise<Verdict> {
  const machine = endpoint.on === 'this machine' ? endpoint.machine : undefined
  return withSite(endpoint, async (client) => {
    const prefix = `edge-check-${randomUUID().slice(0, 8)}`
    const pause = async (): Promise<void> => (machine ? undefined : world.sleep(ageShowsAfterMs))
    const asked = await askTwice(client, prefix, endpoint, pause)
    // An API may answer 200 to whatever it is asked: then that is no error.
    const missing = asked.filter(({ answer }) => answer.status >= 400 || !isOfApi(pathOf(answer)))
    const beyond = await beyondTheEnd(client)
    // A server may pass over a Range (RFC 9110, 14.2), and many do; ours does not.
    const isPassedOver = beyond?.status === 200
    const isForeign = endpoint.on === 'elsewhere'
    const answers = [
      ...missing.map(({ answer }) => answer),
      ...(await otherErrors(client, endpoint)),
      ...(beyond && !isPassedOver ? [beyond] : []),
    ]
    const copies = machine ? await unasked(machine, prefix, missing, world) : missing.filter(saysCache)
    const seen = measured({
      errors: answers.length,
      statuses: [...new Set(answers.map(({ status }) => String(status)))].toSorted(),
      [machine ? 'answered by the store or the API' : 'said to be from a cache']: machine
        ? `${missing.length - copies.length} of ${missing.length}`
        : `${copies.length} of ${missing.length}`,
      ...(isPassedOver ? { 'not seen': '416, as it passes over a Range' } : {}),
    })
    const unrefused =
      isPassedOver && !isForeign ? `${pathOf(beyond)} answers 200 to a Range beyond its end, not 416` : undefined
    const problem = unrefused ?? keepable(answers) ?? (copies[0] && `the ${called(copies[0].answer)} came from a cache`)
    return problem === undefined ? kept(seen) : broken(seen, problem, next)
  })
}

const pathOf = ({ url }: Answer): string => new URL(url).pathname
const called = (answer: Answer): string => `${answer.status} of ${pathOf(answer)}`
const uncached = (answer: Answer): boolean =>
  /\bno-store\b/.test(answer.header('cache-control')) && maxAgeSeconds(answer.header('cache-control')) === 0

/** What is no error, or an error that a browser may keep. */
function keepable(answers: readonly Answer[]): string | undefined {
  const wrong = answers.find(({ status }) => status < 400)
  if (wrong) return `${pathOf(wrong)} answers ${wrong.status}, not an error`
  const answer = answers.find((one) => !uncached(one))
  const value = answer?.header('cache-control') ?? ''
  return answer && `the ${called(answer)} may be kept (${value === '' ? 'no Cache-Control' : value})`
}

/** Some give an age of nothing to what they have just fetched. */
const saysCache = ({ answer }: Asked): boolean =>
  Number(answer.header('age')) > 0 || /\b(refresh)?hit\b/i.test(answer.header('x-cache'))

/** Files that are not there, of each class, and a path that the API does not know: all of them, and all of them again. */
async function askTwice(
  { ask }: SiteClient,
  prefix: string,
  { api }: Site,
  pause: () => Promise<void>,
): Promise<readonly Asked[]> {
  const gone = randomUUID().slice(0, 8)
  const files = [`/assets/gone-${gone}.js`, `/gone-${gone}.png`, `/gone-${gone}.woff2`, `/gone-${gone}.html`]
  const paths = [...files, ...(api ? [`/api/edge-check-${gone}`] : [])]
  const all = (round: number): Promise<Asked[]> =>
    Promise.all(
      paths.map(async (path, index) => {
        const id = `${prefix}-${index}-${round}`
        return { id, answer: await ask(path, { headers: { 'x-request-id': id } }) }
      }),
    )
  const first = await all(1)
  await pause()
  return [...first, ...(await all(2))]
}

/** Those of which nginx's log does not show that the store, or the API, was asked. */
async function unasked(
  machine: EdgeMachine,
  prefix: string,
  asked: readonly Asked[],
  world: Pick<World, 'sleep'>,
): Promise<readonly Asked[]> {
  await untilLogged(machine, prefix, asked.length, world)
  // The store's lines may still lie in another worker of nginx.
  const until = performance.now() + loggedWithinMs
  for (;;) {
    const lines = await logLines(machine.logs, prefix)
    const reached = lines.filter(({ tier, path, upstream }) => (isOfApi(path) ? upstream !== '' : tier === 'store'))
    const seen = new Set(reached.map(({ id }) => id))
    const left = asked.filter(({ id }) => !seen.has(id))
    if (left.length === 0 || performance.now() > until) return left
    await world.sleep(logDelayMs)
  }
}

/** Nobody keeps an answer to DELETE. Ours says so; CloudFront refuses it by itself, and says nothing of keeping. */
async function otherErrors({ ask }: SiteClient, { on }: CdnEndpoint): Promise<readonly Answer[]> {
  return [await ask('/.env'), ...(on === 'aws' ? [] : [await ask('/', { method: 'DELETE' })])]
}

/** Asks for a part of a file that lies behind its end; undefined where the page leads to no file. */
async function beyondTheEnd(client: SiteClient): Promise<Answer | undefined> {
  const [path] = (await findAssets(client)).hashed
  return path === undefined ? undefined : client.ask(path, { headers: { range: 'bytes=99999999-' } })
}

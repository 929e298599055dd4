import { once } from 'node:events'
import { join } from 'node:path'
import type { Agent as PlainAgent, IncomingMessage } from 'node:http'
import { Interrupted, OperatorError } from '../../../src/core/errors.ts'
import { Agent, request } from '../../../src/core/plain-http.ts'
import type { NginxSockets } from '../../../src/engines/nginx.ts'
import { agedName, mayBeKept } from '../classes.ts'
import type { SiteClient } from '../fetch.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { type Encoding, plainName, suffixOf } from './compress.ts'
import { readText, writeAtomically } from '../../../src/targets/local/files.ts'
import { isReachable } from '../routing.ts'
import { clearUnpurged, layout, liveRelease, unpurged } from './layout.ts'
import type { Release } from './release.ts'
import { hashOf, hashOfFile } from './tree.ts'

const encodings: readonly (Encoding | '')[] = ['', 'gzip', 'br']

/** The key of a file in both caches; the same text as in nginx.conf (render-origin.ts). */
const cacheKey = (path: string, encoding: Encoding | ''): string => `/${path}|${encoding}`

/**
 * Takes out of both caches what the release before left there, the shield's copies first: the edge would fetch them
 * again. Answers how many paths that were. Throws OperatorError where nginx does not answer.
 */
export async function purgeCaches(site: string, sockets: NginxSockets): Promise<number> {
  const paths = await unpurged(site)
  if (paths.length === 0) return 0
  const keys = paths.flatMap((path) => encodings.map((encoding) => cacheKey(path, encoding)))
  await purge(sockets, keys)
  await clearUnpurged(site)
  return paths.length
}

/** Takes one body of one file out of both caches. */
export function purgeOnly(sockets: NginxSockets, path: string, encoding: Encoding | ''): Promise<void> {
  return purge(sockets, [cacheKey(path, encoding)])
}

async function purge(sockets: NginxSockets, keys: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  try {
    for (const tier of ['shield', 'edge']) {
      await eachAtOnce(keys, (key) => purgeOne({ agent, socketPath: sockets.purge }, tier, key), 8)
    }
  } finally {
    agent.destroy()
  }
}

async function purgeOne(through: { agent: PlainAgent; socketPath: string }, tier: string, key: string): Promise<void> {
  // A header's value is bytes; this is the key's text as bytes.
  const headers = { host: 'purge', 'x-key': Buffer.from(key).toString('latin1') }
  const asked = request({ ...through, path: `/${tier}`, headers }).end()
  const [response]: IncomingMessage[] = await once(asked, 'response').catch((error: unknown) => {
    throw new OperatorError('purge', `nginx does not answer (${String(error)})`, 'edge status; edge logs nginx')
  })
  response?.resume()
  const status = response?.statusCode ?? 0
  // It was not there: 404, or 412 from newer versions of the module.
  if (![200, 404, 412].includes(status)) {
    throw new OperatorError('purge', `nginx answers ${status} for ${key}`, 'edge logs nginx')
  }
}

/**
 * Has the files with a hash in their names in both caches before anybody asks for them; they answer as soon as the
 * release is staged. Visitors who ask for a cold one at the same time wait for half a second, all but the first.
 * Answers how many. Where nginx does not answer they stay cold, and it is known that they are. Throws Interrupted.
 */
export async function warm(
  site: string,
  client: SiteClient,
  release: Release,
  progress: (done: number, of: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<number> {
  const aged = new RegExp(agedName(release.hashedFolders))
  const hashed = Object.keys(release.files).filter(
    (name) =>
      plainName(name) === name &&
      mayBeKept(name, release.hashedFolders) &&
      aged.test(name) &&
      // The API would be asked, and nobody else.
      isReachable(name),
  )
  let [done, isAnswered] = [0, true]
  await eachAtOnce(hashed, async (name) => {
    for (const encoding of encodingsOf(release, name)) {
      if (signal?.aborted === true) throw new Interrupted()
      const headers = { 'accept-encoding': encoding === '' ? 'identity' : encoding }
      await client.ask(urlPath(name), { headers }).catch(() => (isAnswered = false))
    }
    progress(++done, hashed.length)
  })
  if (isAnswered) await writeAtomically(layout(site).warmed, release.id)
  return hashed.length
}

/** Why the caches have to be looked after; undefined where they are as they should be. */
export async function cachesProblem(site: string, client: SiteClient): Promise<string | undefined> {
  const [stale, live, warmed] = await Promise.all([unpurged(site), liveRelease(site), readText(layout(site).warmed)])
  if (stale.length > 0) return `${stale.length} files of an earlier release`
  if (live && warmed !== live.id) return `the files of ${live.id} are cold`
  // Where nginx is down, they are looked at when it is up.
  const [wrong] = live ? await damagedBodies(site, client, live, someOf(live)).catch(() => []) : []
  return wrong && `${wrong.name} is not what was published`
}

/** What a visitor gets of a file who takes this encoding, and nobody has published. */
export type WrongBody = { readonly name: string; readonly encoding: Encoding | '' }

/**
 * Asks for files in each encoding, and compares what comes with the list of the release. nginx keeps its caches over a
 * start and never looks at what is in them: a body that a power failure has cut off was served for a year.
 */
export async function wrongBodies(
  client: SiteClient,
  { files }: Pick<Release, 'files'>,
  names: readonly string[],
): Promise<readonly WrongBody[]> {
  const asked = names.flatMap((name) => encodings.map((encoding) => ({ name, encoding })))
  const found = await eachAtOnce(asked, async ({ name, encoding }) => {
    const headers = { 'accept-encoding': encoding === '' ? 'identity' : encoding }
    const { status, header, body } = await client.ask(urlPath(name), { headers })
    const sent = encodings.find((known) => known === header('content-encoding'))
    const hash = sent === undefined ? undefined : files[sent === '' ? name : `${name}${suffixOf[sent]}`]
    // A page may be led to another address, and a CDN elsewhere compresses by itself.
    return status === 200 && hash !== undefined && hashOf(body) !== hash ? [{ name, encoding }] : []
  })
  return found.flat()
}

/** Those alone whose file is whole: what is damaged in the store, no cache can put right. */
async function damagedBodies(
  site: string,
  client: SiteClient,
  live: Release,
  names: readonly string[],
): Promise<readonly WrongBody[]> {
  const isWhole = async (name: string): Promise<boolean> =>
    (await hashOfFile(join(layout(site).shelf.root(live.id), name)).catch(() => undefined)) === live.files[name]
  const found = await eachAtOnce(await wrongBodies(client, live, names), async (one) =>
    (await isWhole(one.name)) ? [one] : [],
  )
  return found.flat()
}

/** Takes out of the caches what is not as it was published. Of a large site some files are looked at, and all where one is wrong. */
export async function purgeDamaged(
  site: string,
  client: SiteClient,
  live: Release,
  sockets: NginxSockets,
): Promise<void> {
  if ((await damagedBodies(site, client, live, someOf(live))).length === 0) return
  const wrong = await damagedBodies(site, client, live, visitedOf(live))
  await purge(
    sockets,
    wrong.map(({ name, encoding }) => cacheKey(name, encoding)),
  )
}

/** The files of a release that a visitor can ask for. */
const visitedOf = ({ files }: Pick<Release, 'files'>): readonly string[] =>
  Object.keys(files).filter((name) => plainName(name) === name && isReachable(name))

/** More of them take longer than a check, or a plan, may. */
const mostLookedAt = 100

export const someOf = (release: Pick<Release, 'files'>): readonly string[] => spread(visitedOf(release), mostLookedAt)

/** So many of them, from the first to the last. */
export function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  const step = Math.max(1, items.length / most)
  return items.filter((_, index) => index % step < 1).slice(0, most)
}

const encodingsOf = (release: Release, name: string): readonly (Encoding | '')[] =>
  encodings.filter((encoding) => encoding === '' || release.files[`${name}${suffixOf[encoding]}`] !== undefined)

/** A file's name as a URL's path: `a b#1.png` → `/a%20b%231.png`. */
export const urlPath = (name: string): string => `/${name.split('/').map(encodeURIComponent).join('/')}`

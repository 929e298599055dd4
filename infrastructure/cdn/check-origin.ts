import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { findAssets } from './assets.ts'
import { type Answer, type Ask, ask, connections, connectionsTo, withSite } from './fetch.ts'
import type { CdnEndpoint } from './endpoint.ts'
import { logDelayMs } from './log-fields.ts'
import { type EdgeMachine, isOpenToOthers, logLines, nginxPorts, untilLogged } from './machine.ts'
import { purgeOnly } from './releases/caches.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'
const visitors = 50

/** Makes one file cold, asks for it many times at once, and counts in the store's log how often it was fetched there. */
export async function originShield(endpoint: CdnEndpoint, world: World): Promise<Verdict> {
  const { machine } = endpoint
  if (!machine)
    return notClaimed('from outside no file can be made cold, and nobody can count what the origin is asked')
  const path = await withSite(endpoint, async (client) => {
    const { hashed, image } = await findAssets(client)
    return hashed[0] ?? image[0]
  })
  if (path === undefined) return notClaimed('the homepage leads to no file that may be kept')
  const { answers, slowestMs, fetches } = await askCold({ ...endpoint, machine }, path, visitors, world)
  const seen = measured({
    'cold file': path,
    'asked at once': answers.length,
    'origin fetches': fetches,
    slowest: `${Math.round(slowestMs)} ms`,
  })
  const failed = answers.find(({ status }) => status !== 200)
  if (failed) return broken(seen, `one of them was answered with ${failed.status}`, 'edge logs nginx')
  // None at all is no proof: then the file was not cold, or the log is not this nginx's.
  if (fetches === 0) return broken(seen, 'no fetch of the origin was logged', next)
  if (fetches > 1) return broken(seen, `the origin was asked ${fetches} times for one file`, next)
  return kept(seen)
}

/**
 * Takes a file out of both caches and has so many visitors ask for it at once. Answers what they got, the slowest of
 * them in ms, and how often the store was asked meanwhile, whoever was the one to ask: another may have come first.
 */
export async function askCold(
  endpoint: CdnEndpoint & { readonly machine: EdgeMachine },
  path: string,
  count: number,
  world: Pick<World, 'sleep'>,
): Promise<{ readonly answers: readonly Answer[]; readonly slowestMs: number; readonly fetches: number }> {
  const { machine } = endpoint
  const fetchedBy = async (): Promise<readonly string[]> => {
    // The lines of requests that were just answered lie in nginx's workers; one more of them would be another's fetch.
    await world.sleep(2 * logDelayMs)
    return (await storeLines(machine, path)).map(({ id }) => id)
  }
  // By their ids: the log may be rotated meanwhile, and then there are fewer lines than before.
  const before = new Set(await fetchedBy())
  await purgeOnly(machine.sockets, decodeURIComponent(path.slice(1)), '')
  const prefix = `shield-${randomUUID().slice(0, 8)}`
  const asked = await askAtOnce(endpoint, path, prefix, count)
  await untilLogged(machine, prefix, count, world)
  return { ...asked, fetches: (await fetchedBy()).filter((id) => !before.has(id)).length }
}

async function askAtOnce(
  endpoint: CdnEndpoint,
  path: string,
  prefix: string,
  count: number,
): Promise<{ readonly answers: readonly Answer[]; readonly slowestMs: number }> {
  const through = await connectionsTo(endpoint, count)
  try {
    const ofAll = (how: (index: number) => Ask, to = path): Promise<Answer[]> =>
      Promise.all(
        Array.from({ length: count }, (_, index) => ask(new URL(to, endpoint.https).href, through, how(index), 15_000)),
      )
    // Connected beforehand: while one shakes hands the others would have been answered already.
    await ofAll(() => ({ method: 'HEAD' }), '/')
    const begun = performance.now()
    const answers = await ofAll((index) => ({
      headers: { 'accept-encoding': 'identity', 'x-request-id': `${prefix}-${index}` },
    }))
    return { answers, slowestMs: performance.now() - begun }
  } finally {
    through.close()
  }
}

/** What the store was asked for this file, uncompressed. */
async function storeLines({ logs }: EdgeMachine, path: string) {
  const lines = await logLines(logs, path)
  return lines.filter((line) => line.tier === 'store' && line.path === path && line.encoding === '')
}

/** Looks for ways to the files past the edge. */
export async function originPrivate({ machine, store }: CdnEndpoint, world: World): Promise<Verdict> {
  if (machine) return privateHere(machine, world)
  if (store) return privateElsewhere(store.address)
  return notClaimed('from outside the store behind the edge cannot be seen')
}

/** Asks a store that has an address of its own as anybody might: for the page, and for the list of all there is. */
async function privateElsewhere(address: string): Promise<Verdict> {
  const through = await connectionsTo({}, 2)
  try {
    const answers = await Promise.all(['index.html', ''].map((path) => ask(new URL(path, address).href, through)))
    const seen = measured({ store: address, answers: answers.map(({ status }) => String(status)) })
    // Whoever may not look is told so of what is missing, too: a 404 would tell what there is.
    const open = answers.find(({ status }) => status !== 403)
    return open ? broken(seen, `${open.url} answers ${open.status} to anybody, not 403`, next) : kept(seen)
  } finally {
    through.close()
  }
}

/** Ports that nginx has open, and rights of other users on the disk. */
async function privateHere(machine: EdgeMachine, world: World): Promise<Verdict> {
  const { publicPorts, sockets, site } = machine
  const ports = await nginxPorts(machine, world)
  const others = ports.filter((port) => !publicPorts.includes(port))
  const answering = (await Promise.all(others.map(answersPage))).filter((port) => port !== undefined)
  const openSockets = await isOpenToOthers(dirname(sockets.store))
  const openFiles = await isOpenToOthers(dirname(site))
  const seen = measured({
    'nginx listens on': ports.map(String),
    'store and shield': openSockets ? 'sockets open to other users' : 'sockets closed to other users',
    releases: openFiles ? 'open to other users' : 'closed to other users',
  })
  if (ports.length === 0) return broken(seen, 'nginx listens on no port', 'edge status; edge up')
  if (others[0] !== undefined) {
    const how = answering.length > 0 ? 'serves the site' : 'is open'
    return broken(seen, `port ${others.join(', ')} ${how} beside the edge`, next)
  }
  if (openSockets) return broken(seen, `other users may enter ${dirname(sockets.store)}`, `chmod 0700 it; ${next}`)
  if (openFiles) return broken(seen, `other users may enter ${dirname(site)}`, `chmod 0700 it; ${next}`)
  return kept(seen)
}

async function answersPage(port: number): Promise<number | undefined> {
  const through = connections(2, { rejectUnauthorized: false })
  const answers = await Promise.all(
    ['http', 'https'].map((scheme) => ask(`${scheme}://127.0.0.1:${port}/`, through, {}, 2000).catch(() => undefined)),
  )
  through.close()
  return answers.some((answer) => answer?.status === 200) ? port : undefined
}

import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { findAssets } from './assets.ts'
import { askAtOnce, type AtOnce } from './ask-at-once.ts'
import { ask, asksForMs, connections, connectionsTo, withSite } from './fetch.ts'
import type { OnAws, OnThisMachine } from './endpoint.ts'
import { logDelayMs } from './log-fields.ts'
import { type EdgeMachine, isOpenToOthers, logLines, nginxPorts, untilLogged } from './machine.ts'
import { purgeOnly } from './releases/caches.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'
const visitors = 50

/** So often the shield must have held back what the edge let through, for that to be no luck. */
const mostRounds = 8

/**
 * The edge let several through, as it does when a fetch takes long, and the shield asked the store once: because it held
 * the others back, or because its answer was there before they came, as it is on a busy machine. With no lock at all,
 * that was seen in 7 of 20 rounds under two busy loops.
 */
const provesNothing = ({ statuses, shieldAsked, fetches }: ColdRound): boolean =>
  shieldAsked > 1 && fetches === 1 && statuses.every((status) => status === 200)

/** Makes one file cold, asks for it many times at once, and counts in the store's log how often it was fetched there. */
export async function originShield(endpoint: OnThisMachine, world: World): Promise<Verdict> {
  const path = await withSite(endpoint, async (client) => {
    const { hashed, image } = await findAssets(client)
    return hashed[0] ?? image[0]
  })
  if (path === undefined) return notClaimed('the homepage leads to no file that may be kept')
  let round = await askCold(endpoint, path, visitors, world)
  const until = performance.now() + asksForMs
  let rounds = 1
  for (; rounds < mostRounds && provesNothing(round) && performance.now() < until; rounds += 1)
    round = await askCold(endpoint, path, visitors, world)
  const { statuses, slowestMs, shieldAsked, fetches } = round
  const seen = measured({
    'cold file': path,
    'asked at once': statuses.length,
    times: rounds,
    'shield asked': shieldAsked,
    'origin fetches': fetches,
    slowest: `${Math.round(slowestMs)} ms`,
  })
  const failed = statuses.find((status) => status !== 200)
  if (failed !== undefined) return broken(seen, `one of them was answered with ${failed}`, 'edge logs nginx')
  // None at all is no proof: then the file was not cold, or the log is not this nginx's.
  if (fetches === 0) return broken(seen, 'no fetch of the origin was logged', next)
  if (fetches > 1) return broken(seen, `the origin was asked ${fetches} times for one file`, next)
  return kept(seen)
}

/** How often shield and store were asked meanwhile, whoever was the one to ask: another may have come first. */
type ColdRound = AtOnce & { readonly shieldAsked: number; readonly fetches: number }

/** Takes a file out of both caches and has so many visitors ask for it at once. */
export async function askCold(
  endpoint: OnThisMachine,
  path: string,
  count: number,
  world: Pick<World, 'sleep'>,
): Promise<ColdRound> {
  const { machine } = endpoint
  const logged = async () => {
    // The lines of requests that were just answered lie in nginx's workers; one more of them would be another's fetch.
    await world.sleep(2 * logDelayMs)
    return innerLines(machine, path)
  }
  // By their ids: the log may be rotated meanwhile, and then there are fewer lines than before.
  const before = new Set((await logged()).map(({ id }) => id))
  await purgeOnly(machine.sockets, decodeURIComponent(path.slice(1)), '')
  const prefix = `shield-${randomUUID().slice(0, 8)}`
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  const asked = await askAtOnce(endpoint, path, ids)
  await untilLogged(machine, prefix, count, world)
  const since = (await logged()).filter(({ id }) => !before.has(id))
  const of = (tier: string): number => since.filter((line) => line.tier === tier).length
  return { ...asked, shieldAsked: of('shield'), fetches: of('store') }
}

/** What shield and store were asked for this file, uncompressed. */
async function innerLines({ logs }: EdgeMachine, path: string) {
  const lines = await logLines(logs, path)
  return lines.filter((line) => line.tier !== 'edge' && line.path === path && line.encoding === '')
}

/** Asks the bucket at its own address as anybody might: for the page, and for the list of all there is. */
export async function bucketPrivate({ store: { address } }: OnAws): Promise<Verdict> {
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

/** Looks for ways to the files past the edge: ports that nginx has open, and rights of other users on the disk. */
export async function originPrivate({ machine }: OnThisMachine, world: World): Promise<Verdict> {
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

import { setTimeout as wait } from 'node:timers/promises'
import type { Cause, Causes } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import type { NginxSockets } from '../../src/engines/nginx.ts'
import { type Reachable, siteClient, type SiteClient } from './fetch.ts'
import { purgeOnly } from './releases/caches.ts'
import { liveRelease } from './releases/layout.ts'

/** What stands before the API's processes, which a drill takes out of service and puts back. */
export type Origin = {
  readonly stop: (world: World) => Promise<void>
  readonly start: (world: World) => Promise<void>
  /** Holds what is asked of it until it is let go: nothing is refused meanwhile. */
  readonly hold: (world: World) => Promise<void>
  readonly letGo: (world: World) => Promise<void>
}

/** What all visitors come to, which a drill takes out of service and puts back. */
export type Front = Pick<Origin, 'stop' | 'start'>

/** Enough to be seen beside the visitors of a quiet hour. */
const asksEveryMs = 200

/** Asks again and again until it is told to end. */
function asking(endpoint: Reachable, ask: (client: SiteClient) => Promise<unknown>): Cause {
  const stop = new AbortController()
  let asked: Promise<void> | undefined
  return {
    begin: async () => {
      const client = await siteClient(endpoint)
      asked = (async () => {
        while (!stop.signal.aborted) {
          await ask(client).catch(() => undefined)
          await wait(asksEveryMs, undefined, { signal: stop.signal }).catch(() => undefined)
        }
        await client.close()
      })()
    },
    end: async () => {
      stop.abort()
      await asked
    },
  }
}

/** Longer than the alarm's second, and shorter than what whoever looks after the origin waits for. */
const heldMs = 1500
/** All that was held is answered by then. */
const letGoMs = 300

/** Holds the origin up again and again: what comes meanwhile waits, and gets its answer. */
function slowly({
  endpoint,
  api,
  origin,
}: {
  readonly endpoint: Reachable
  readonly api: string | undefined
  readonly origin: Origin
}): Cause {
  const stop = new AbortController()
  let held: Promise<void> | undefined
  return {
    begin: async (world) => {
      if (api === undefined)
        throw new OperatorError('drill origin-latency', 'this site has no API: files answer without an origin', [])
      const client = await siteClient(endpoint)
      held = (async () => {
        while (!stop.signal.aborted) {
          await origin.hold(world)
          const answers = Promise.allSettled([client.ask(api), client.ask(api), client.ask(api)])
          await wait(heldMs, undefined, { signal: stop.signal }).catch(() => undefined)
          // Once more where a busy machine did not let it: nobody is held for good.
          await origin.letGo(world).catch(() => origin.letGo(world))
          await answers
          await wait(letGoMs, undefined, { signal: stop.signal }).catch(() => undefined)
        }
        await client.close()
      })()
      held.catch(() => undefined)
    },
    end: async (world) => {
      stop.abort()
      await held?.catch(() => undefined)
      await origin.letGo(world)
    },
  }
}

/** What makes the CDN's alarms ring, for a drill. `api`: a path of the API; undefined where the site has none. */
export const cdnCauses = (on: {
  readonly endpoint: Reachable
  readonly site: string
  readonly sockets: NginxSockets
  readonly api: string | undefined
  readonly origin: Origin
  readonly front: Front
}): Causes => ({
  siteDown: () => ({ begin: on.front.stop, end: on.front.start }),
  originLatency: () => slowly(on),
  cdnErrors: () => {
    const visitors = asking(on.endpoint, (client) => client.ask(on.api ?? '/'))
    return {
      begin: async (world) => {
        if (on.api === undefined)
          throw new OperatorError('drill cdn-errors', 'this site has no API: files answer without an origin', [])
        await on.origin.stop(world)
        await visitors.begin(world)
      },
      end: async (world) => {
        await on.origin.start(world)
        await visitors.end(world)
      },
    }
  },
  hitRatio: () =>
    asking(on.endpoint, async (client) => {
      const names = Object.keys((await liveRelease(on.site))?.files ?? {})
      const path = names.find((name) => name.startsWith('assets/') && name.endsWith('.js'))
      if (path === undefined) return
      await purgeOnly(on.sockets, path, '')
      await client.ask(`/${path}`, { headers: { 'accept-encoding': 'identity' } })
    }),
})

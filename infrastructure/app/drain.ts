import { readFile } from 'node:fs/promises'
import type { Instance } from '../../src/core/instance.ts'
import type { Drain } from '../../src/core/plan.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import { apiProbe } from '../../src/engines/api.ts'
import { balancerPaths, loads, setPort, setState } from '../../src/engines/balancer.ts'
import { logFromNow } from '../../src/engines/log-since.ts'
import type { Balanced, Member } from './render-balancer.ts'

/** What the app needs of the edge: to relieve a process of its requests, and for the API to know it. */
export type EdgeOfApp = {
  /** nginx.conf: that of an earlier version leads past the balancer. */
  readonly configuration: string
  /** The folder of nginx's log, which names each request that it lost. */
  readonly logs: string
  /** What it shows the API with each request. */
  readonly proof: string
}

/** How a process of the API is relieved of its requests, by the balancer that all of them come through. */
export function drainOf(
  instance: Instance,
  { name: process, port }: Member,
  { members, health, drain: within, edge }: Balanced & { readonly edge: EdgeOfApp },
): Drain {
  const { admin, api } = balancerPaths(instance)
  const others = members.filter(({ name }) => name !== process)
  const leadsHere = async (): Promise<boolean> =>
    (await readFile(edge.configuration, 'utf8').catch(() => '')).includes(`unix:${api}`)
  return {
    within,
    // One that is to move to another port, too, still answers where the balancer asks it.
    others: async () => {
      const now = await loads(admin).catch(() => undefined)
      return others.map((other) => apiProbe(now?.get(other.name)?.port ?? other.port, health))
    },
    // A balancer that cannot be told is down, and requests with it; s6 starts it anew.
    takeOut: async () => (await leadsHere()) && succeeded(setState(admin, process, 'drain')),
    putBack: async (where) => {
      if (where === 'as configured') await succeeded(setPort(admin, process, port))
      await succeeded(setState(admin, process, 'ready'))
    },
    // One that does not answer has passed nothing on that it could still bring to its end.
    inFlight: async () => (await loads(admin).catch(() => undefined))?.get(process)?.inFlight ?? 0,
    countCut: async () => {
      const said = await logFromNow(edge.logs)
      return async () => (await said()).split('\n').filter((line) => isCut(line, api)).length
    },
  }
}

/**
 * What nginx says of a request whose answer it did not get, or not whole, and whose process may have begun with it; and of
 * one that nobody took, where the balancer itself is gone.
 */
const lost = /prematurely closed connection|reset by peer|Broken pipe|connect\(\) to \S+ failed/

const isCut = (line: string, api: string): boolean => line.includes(`upstream: "http://unix:${api}`) && lost.test(line)

import { parse } from 'yaml'
import { z } from 'zod'
import { ask } from './ask.ts'
import { difference } from './difference.ts'
import type { World } from '../../src/core/world.ts'
import type { Running } from './endpoint.ts'
import { settled } from './settled.ts'

const known = z.object({ data: z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) }) })
const loaded = z.object({ data: z.object({ yaml: z.string() }) })

/** Why Prometheus may not send what rings to our Alertmanager, and to it alone; undefined where it does. */
export async function senderProblem(
  { prometheus, alertmanager, tls, sources }: Running,
  world: Pick<World, 'sleep'>,
): Promise<string | undefined> {
  const { data: configuration } = await ask(tls, `${prometheus}/api/v1/status/config`, loaded)
  const where = configurationDifference(sources, configuration.yaml)
  if (where !== undefined) return `Prometheus runs with another prometheus.yml than the configured one (${where})`
  // It knows nobody in its first seconds.
  const { data } = await settled(
    () => ask(tls, `${prometheus}/api/v1/alertmanagers`, known),
    ({ data: seen }) => seen.activeAlertmanagers.length === 0,
    world,
  )
  const urls = data.activeAlertmanagers.map(({ url }) => url)
  if (urls.length === 1 && urls[0] === `${alertmanager}/api/v2/alerts`) return undefined
  return `Prometheus sends what rings to ${urls.join(', ') || 'nobody'}, not to ${alertmanager} alone`
}

/** Where a running prometheus.yml differs from the wanted one: it has its defaults written out. */
export function configurationDifference(wanted: string, running: string): string | undefined {
  const [one, other]: unknown[] = [parse(wanted), parse(running)]
  return difference(one, other) ?? droppingIn(one, other)
}

/** What holds figures or alarms back where it is added by hand: no default of Prometheus has any of it. */
const holdsBack = /relabel_configs$|_limit$/

function droppingIn(wanted: unknown, has: unknown, path = ''): string | undefined {
  if (typeof has !== 'object' || has === null) return undefined
  for (const [name, value] of Object.entries(has)) {
    const its: unknown = typeof wanted === 'object' && wanted !== null ? Reflect.get(wanted, name) : undefined
    const where = path ? `${path}.${name}` : name
    if (its === undefined && holdsBack.test(name)) return where
    const inside = droppingIn(its, value, where)
    if (inside !== undefined) return inside
  }
  return undefined
}

import { parse, stringify } from 'yaml'
import { z } from 'zod'
import type { Cause } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { readText, writeAtomically } from '../../src/targets/local/files.ts'
import { ask } from './ask.ts'
import { deliveriesOf } from './deliveries.ts'
import type { Running } from './endpoint.ts'
import { nowhere } from './own-receivers.ts'

type Way = Pick<Running, 'name' | 'alertmanager' | 'tls' | 'routes' | 'reload'> & {
  /** Where Alertmanager reads its routes. */
  readonly file: string
}

const configuration = z.looseObject({
  route: z.looseObject({ routes: z.array(z.unknown()).default([]) }),
  receivers: z.array(z.unknown()),
})

/** The configured routes, and beside them one by which a message of the drill alone goes nowhere. */
export function withNowhere(routes: string): string {
  const { route, receivers, ...others } = configuration.parse(parse(routes))
  const own = { receiver: nowhere.name, matchers: [`alertname="${nowhere.alert}"`], group_wait: '0s' }
  // No port of an engine: nothing of edge, or of a user of the machine, may listen there.
  const refuses = { api_url: 'https://127.0.0.1:1/', api_key: 'none', routing_key: 'none' }
  return stringify(
    {
      ...others,
      route: { ...route, routes: [own, ...route.routes] },
      receivers: [...receivers, { name: nowhere.name, [`${nowhere.kind}_configs`]: [refuses] }],
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  )
}

const status = z.object({ config: z.object({ original: z.string() }) })
const takenUpWithinMs = 15_000
/** Alertmanager tries again for as long as a group of messages waits for the next one. */
const lostWithinMs = 60_000

/**
 * Has a message be lost, and none of those that somebody waits for: for as long as it is tried, Alertmanager has one receiver
 * more, to which that message alone is sent. What rings meanwhile goes the configured way.
 */
export function deliveryCause(way: Way): Cause {
  const { name, alertmanager, tls, routes, file, reload } = way
  const put = (endsAt: number) => {
    // A group of its own: no message about anything else has it in it.
    const labels = { alertname: nowhere.alert, edge: `${name}-drill` }
    const annotations = { means: 'Nothing is wrong: a drill sends this to nobody.', value: 'nothing' }
    const message = { labels, annotations, endsAt: new Date(endsAt).toISOString() }
    return ask(tls, `${alertmanager}/api/v2/alerts`, z.unknown(), [message])
  }
  const end = async (world: World): Promise<void> => {
    if ((await readText(file)) === routes) return
    // First: by the configured way it would call everybody.
    await put(Date.now()).catch(() => undefined)
    await writeAtomically(file, routes)
    await reload(world)
  }
  return {
    begin: async (world) => {
      const drilled = withNowhere(routes)
      const lost = async () =>
        (await deliveriesOf({ alertmanager, tls, routes: drilled }))[nowhere.kind]?.lost ?? Number.NaN
      await writeAtomically(file, drilled)
      await reload(world)
      await until('Alertmanager does not take up its receiver', takenUpWithinMs, world, async () =>
        (await ask(tls, `${alertmanager}/api/v2/status`, status)).config.original.includes(nowhere.alert),
      )
      const before = await lost()
      await put(Date.now() + lostWithinMs)
      await until('no message was lost', lostWithinMs, world, async () => (await lost()) > before)
      await end(world)
    },
    end,
  }
}

async function until(otherwise: string, withinMs: number, { sleep }: World, isSo: () => Promise<boolean>) {
  const deadline = performance.now() + withinMs
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new OperatorError('drill delivery', otherwise, 'edge logs alertmanager')
    await sleep(250)
  }
}

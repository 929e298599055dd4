import type { Drain, Engine } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'
import { isReady } from './ready.ts'

/** What became of the requests of one engine that was replaced. */
export type Replaced = {
  readonly engine: string
  /** False where new requests could not be kept from it, and it was told to end at once. */
  readonly drained: boolean
  /** In flight when it got no more, and those that were left when it was told to end. */
  readonly inFlight: number
  readonly left: number
  readonly waitedMs: number
  /** Cut off from then until it was ready again. */
  readonly cut: number
}

/** One that is relieved of its requests; `ended` is asked once its successor is ready. */
export type Relieved = { readonly ended: () => Promise<Replaced> }

/** Keeps new requests from an engine and waits for the end of those that it has, no longer than its drain lasts. */
export async function relieve(engine: Engine, drain: Drain, world: World): Promise<Relieved> {
  const begun = performance.now()
  const drained = (await anotherAnswers(drain, world)) && (await drain.takeOut())
  const counts = await untilIdle(drain, drained, begun, world).catch(async (error: unknown) => {
    // Nothing is replaced after Ctrl-C: it goes on with what it has.
    await drain.putBack('as before')
    throw error
  })
  const waitedMs = Math.round(performance.now() - begun)
  const cut = await drain.countCut()
  return {
    ended: async () => ({
      engine: engine.name,
      drained,
      ...counts,
      waitedMs: drained ? waitedMs : 0,
      cut: await cut(),
    }),
  }
}

async function untilIdle(drain: Drain, drained: boolean, begun: number, world: World) {
  const inFlight = drained ? await drain.inFlight() : 0
  let left = inFlight
  while (left > 0 && performance.now() - begun < drain.within.milliseconds) {
    await world.sleep(50)
    // Whoever passes the requests on may have been started anew, and know no more of what it was told.
    await drain.takeOut()
    left = await drain.inFlight()
  }
  return { inFlight, left }
}

async function anotherAnswers(drain: Drain, world: World): Promise<boolean> {
  const answers = await Promise.all((await drain.others()).map((probe) => isReady(probe, world)))
  return answers.some(Boolean)
}

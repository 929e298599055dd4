import { z } from 'zod'
import { Interrupted } from '../../src/core/errors.ts'
import type { Deployed } from '../../src/core/record.ts'
import { inSeconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { ask } from './ask.ts'
import { deliveriesOf, isLost, missingIn, toldBy } from './deliveries.ts'
import { wayProblem } from './running-rules.ts'
import { isSameWay, notifyRecord, wayOf } from './way.ts'
import type { Running } from './endpoint.ts'

/** What became of a message: who took it, or who did not, and after how long. */
export type Announced = {
  readonly by: readonly string[]
  readonly missing: readonly string[]
  readonly says: string | undefined
  readonly ms: number
}

/** A group of messages goes out every quarter of a minute, and a receiver that refuses is tried again for as long. */
const withinMs = 45_000

/**
 * The message, as Alertmanager takes it. Each is one of its own, by the time at which it was asked for: what rings anew before
 * Alertmanager has told that it was over has never ended to it, and it would send nothing.
 */
export const testMessage = (name: string, begun: Date, endsAt: Date) => ({
  labels: { alertname: 'test', edge: name, asked: begun.toISOString() },
  annotations: {
    says: 'Somebody asked whether messages arrive (edge notify test).',
    means: 'Nothing is wrong: this message was asked for.',
    look: 'nothing to look at',
    runbook: 'monitoring.md',
    value: 'nothing',
  },
  startsAt: begun.toISOString(),
  endsAt: endsAt.toISOString(),
})

/** Sends a message by the way of every alarm, from Alertmanager on, and waits until everybody has it; then its all-clear. */
export async function announce(running: Running, world: World): Promise<Announced> {
  const begun = world.now()
  const way = await wayOf(running)
  const before = await deliveriesOf(running)
  const put = (endsAt: Date): Promise<unknown> =>
    ask(running.tls, `${running.alertmanager}/api/v2/alerts`, z.unknown(), [testMessage(running.name, begun, endsAt)])
  await put(new Date(begun.getTime() + 10 * 60_000))
  try {
    for (;;) {
      const now = await deliveriesOf(running)
      const message = (await running.inbox()).findLast(
        ({ id, at, says }) => id === 'monitoring.test' && at >= begun.toISOString() && says.startsWith('rings'),
      )
      const missing = missingIn(before, now)
      const ms = world.now().getTime() - begun.getTime()
      if ((message && (missing.length === 0 || isLost(before, now))) || ms > withinMs)
        return await recorded({ by: toldBy(now), missing, says: message?.says, ms }, way, running, world)
      await world.sleep(250)
    }
  } finally {
    // Also after Ctrl-C: nobody is to be reminded of it for hours.
    await put(new Date()).catch((error: unknown) => {
      if (!(error instanceof Interrupted)) throw error
    })
  }
}

/** What was seen is of the configured way alone: a message that went another way says nothing of it. */
async function recorded(seen: Announced, of: Deployed, running: Running, world: World): Promise<Announced> {
  const { by, missing, ms } = seen
  const isOfThisWay = (await wayProblem(running, world)) === undefined && isSameWay(of, await wayOf(running))
  if (!isOfThisWay) return seen
  const failed = missing.length === 0 ? {} : { failed: `did not reach ${missing.join(', ')}` }
  const facts = { by: [...by], 'arrived after': inSeconds(ms), ...failed }
  await running.records.keep({ drill: notifyRecord, at: world.now().toISOString(), facts, took: ms, of })
  return seen
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../src/core/verify.ts'
import type { ComponentName } from '../src/core/guarantee.ts'
import { hands } from './sabotaged.ts'
import type { Sabotage, Sabotages } from './sabotage.ts'
import { TestInstance } from './instance.ts'

/** Long enough for a load test on the way; a verdict that has not changed by then does not change. */
const actWithinMs = 300_000
const shows = { timeout: 30_000, interval: 300 }

/**
 * Brings an instance up, where all of them are kept, and acts each sabotage out on it: broken, and kept again. Ids that
 * share one are acted out at once. `up` and then `prepare` bring it to where the guarantees are kept; `change`: more fields of its configuration.
 */
export function actOut(
  component: ComponentName,
  sabotages: Sabotages,
  up: readonly string[],
  prepare: (instance: TestInstance) => Promise<void> = () => Promise.resolve(),
  change = '',
): void {
  describe(`the guarantees of ${component}`, () => {
    let instance: TestInstance
    let atFirst: ReadonlyMap<string, JudgementJson>
    beforeAll(async () => {
      instance = await TestInstance.make(change)
      await instance.must(...up)
      await prepare(instance)
      atFirst = await instance.verify(...Object.keys(sabotages))
    }, actWithinMs)
    afterAll(() => instance.remove(), actWithinMs)

    for (const [sabotage, ids] of grouped(sabotages)) {
      it(`${ids.join(', ')}: broken when ${sabotage.title}, and kept again`, { timeout: actWithinMs }, async () => {
        const on = await hands(instance, component)
        const verdicts = async () => {
          const judgements = await instance.verify(...ids)
          return Object.fromEntries(ids.map((id) => [id, judgements.get(id)]))
        }
        const words = async () =>
          Object.fromEntries(Object.entries(await verdicts()).map(([id, seen]) => [id, seen?.verdict]))
        /** With the reason where one is broken that should not be. */
        const reasons = async () =>
          Object.fromEntries(Object.entries(await verdicts()).map(([id, seen]) => [id, seen?.because ?? seen?.verdict]))
        const all = (verdict: string) => Object.fromEntries(ids.map((id) => [id, verdict]))
        const first = ids.map((id) => [id, atFirst.get(id)?.because ?? atFirst.get(id)?.verdict])
        expect(Object.fromEntries(first)).toEqual(all('kept'))
        await sabotage.break(on)
        await expect.poll(words, shows).toEqual(all('broken'))
        await (sabotage.mend ?? (() => on.converge()))(on)
        await expect.poll(reasons, shows).toEqual(all('kept'))
      })
    }
  })
}

function grouped(sabotages: Sabotages): ReadonlyMap<Sabotage, readonly string[]> {
  const groups = new Map<Sabotage, readonly string[]>()
  for (const [id, ofId] of Object.entries(sabotages))
    for (const sabotage of [ofId].flat()) groups.set(sabotage, [...(groups.get(sabotage) ?? []), id])
  return groups
}

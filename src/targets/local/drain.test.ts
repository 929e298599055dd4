import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Interrupted } from '../../core/errors.ts'
import type { Drain, Engine, Probe } from '../../core/plan.ts'
import { milliseconds } from '../../core/units.ts'
import { listen } from '../../../test/listen.ts'
import { testWorld } from '../../../test/world.ts'
import { relieve } from './drain.ts'

const { world } = testWorld()
let other: Server
let answers: Probe
beforeAll(async () => {
  other = createServer()
  answers = { kind: 'tcp', port: await listen(other) }
})
afterAll(() => void other.close())
const silent: Probe = { kind: 'socket', path: '/nowhere/at-all.sock' }

const engine = { name: 'api1' } as Engine // relieve() asks for nothing but its name

/** One whose requests in flight are these, each time it is asked. */
function having(counts: readonly number[], given: Partial<Drain> = {}): Drain & { readonly takenOut: () => number } {
  let [asked, takenOut] = [0, 0]
  return {
    within: milliseconds(400),
    others: () => Promise.resolve([answers]),
    takeOut: () => Promise.resolve((takenOut += 1) > 0),
    putBack: () => Promise.resolve(),
    inFlight: () => Promise.resolve(counts[Math.min(asked++, counts.length - 1)] ?? 0),
    countCut: () => Promise.resolve(() => Promise.resolve(0)),
    takenOut: () => takenOut,
    ...given,
  }
}
const replaced = async (drain: Drain) => (await relieve(engine, drain, world)).ended()

describe('an engine that is to be replaced', () => {
  it('is waited for until it has no request, and kept from new ones each time it is looked at', async () => {
    const drain = having([3, 1, 0])
    expect(await replaced(drain)).toMatchObject({ drained: true, inFlight: 3, left: 0 })
    expect(drain.takenOut()).toBe(3)
  })

  it('is waited for no longer than its drain lasts, and what is left is counted', async () => {
    const seen = await replaced(having([5]))
    expect(seen).toMatchObject({ drained: true, inFlight: 5, left: 5 })
    expect(seen.waitedMs).toBeGreaterThanOrEqual(400)
  })

  it('goes on with its requests, new ones too, after Ctrl-C', async () => {
    const back: string[] = []
    const drain = having([5], { putBack: (where) => Promise.resolve(void back.push(where)) })
    const interrupted = testWorld({ signal: AbortSignal.timeout(100) }).world
    await expect(relieve(engine, { ...drain, within: milliseconds(60_000) }, interrupted)).rejects.toBeInstanceOf(
      Interrupted,
    )
    // It may be about to move to another port, and still listens at the one that it had.
    expect(back).toEqual(['as before'])
  })

  it('is told at once where no other one answers: a wait would only make the gap longer', async () => {
    const drain = having([5], { others: () => Promise.resolve([silent]) })
    expect(await replaced(drain)).toMatchObject({ drained: false, waitedMs: 0 })
    expect(drain.takenOut()).toBe(0)
  })

  it('is told at once where requests cannot be kept from it', async () => {
    expect(await replaced(having([5], { takeOut: () => Promise.resolve(false) }))).toMatchObject({ drained: false })
  })
})

import { describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { kept, measured, notClaimed } from './check.ts'
import { Interrupted } from './errors.ts'
import { guarantees } from './guarantee.ts'
import { bind, judgementJson, tally, verify } from './verify.ts'

const promised = guarantees('cdn', {
  one: { says: 'One.', source: 'ours' },
  two: { says: 'Two.', source: 'document' },
  far: { says: 'Far.', source: 'document' },
})
const well = async () => kept(measured({ seen: 1 }))
const { world } = testWorld()

describe('a verification', () => {
  it('calls a promise broken whose check throws, and goes on with the others', async () => {
    const two = async () => Promise.reject(new Error('connection refused'))
    const all = await verify(
      bind(promised, { one: well, two, far: { never: 'one machine has one location' } }, {}),
      world,
    )
    expect(all.map(({ guarantee, verdict }) => [guarantee.id, verdict.is])).toEqual([
      ['cdn.one', 'kept'],
      ['cdn.two', 'broken'],
      ['cdn.far', 'notClaimed'],
    ])
    expect(all[1]?.verdict).toMatchObject({
      because: 'the check could not look: connection refused',
      next: 'edge status shows whether an engine is down; edge deploy cdn puts right what differs',
    })
    expect(tally(all)).toEqual({ kept: 1, broken: 1, notClaimed: 1 })
  })

  it('says of what is never promised or not built why it is not claimed', async () => {
    const checks = { one: well, two: { notBuilt: 'a drill' }, far: { never: 'one machine has one location' } }
    const all = await verify(bind(promised, checks, {}), world)
    expect(all.slice(1).map(({ verdict }) => verdict)).toEqual([
      notClaimed('not built yet: a drill'),
      notClaimed('one machine has one location'),
    ])
  })

  it('ends when it is interrupted, and calls nothing broken for it', async () => {
    const stop = new AbortController()
    const two = async () => {
      stop.abort()
      throw new Error('aborted')
    }
    const checks = bind(promised, { one: well, two, far: well }, {})
    await expect(verify(checks, { ...world, signal: stop.signal })).rejects.toBeInstanceOf(Interrupted)
  })

  it('writes the JSON that everything else reads', async () => {
    const [first] = await verify(bind(promised, { one: well, two: well, far: well }, {}), {
      ...world,
      now: () => new Date('2026-01-02T03:04:05Z'),
    })
    expect(first && judgementJson(first)).toEqual({
      id: 'cdn.one',
      component: 'cdn',
      source: 'ours',
      says: 'One.',
      verdict: 'kept',
      evidence: { how: 'measured', facts: { seen: 1 } },
      measuredAt: '2026-01-02T03:04:05.000Z',
      ms: expect.any(Number),
    })
  })
})

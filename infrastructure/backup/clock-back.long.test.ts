import { beforeAll, describe, expect, it } from 'vitest'
import type { ClockBack } from './proofs/test-clock-back.ts'
import { runDated } from './proofs/test-dated-run.ts'

let seen: ClockBack
beforeAll(async () => {
  seen = await runDated('test-clock-back.ts')
})

describe('while the clock is set back', () => {
  it('a backup fails, and says that it is the clock', () => {
    expect(seen.failed).toMatch(/the clock was set back: the newest backup is younger than now/)
    expect(seen.messages).toContainEqual(expect.stringMatching(/backup failed: .*the clock was set back/))
  })

  it('nothing expires', () => {
    expect(seen.left).toEqual([seen.before])
  })
})

describe('when the clock is right again', () => {
  it('the next backup is made', () => {
    expect(seen.listed).toEqual([seen.before, seen.after])
  })

  it.each([
    ['beforeAny', []],
    ['setBack', ['before', 'set back']],
    ['rightAgain', ['before', 'right again', 'set back']],
    ['last', ['before', 'last', 'right again', 'set back']],
  ] as const)('each moment after the first backup comes back: %s', (copy, rows) => {
    expect(seen.copies[copy]).toMatchObject({ rows })
  })
})

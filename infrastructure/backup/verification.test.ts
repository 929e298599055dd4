import { expect, test } from 'vitest'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { damageFacts } from './damaged.ts'
import { testBackups } from './proofs/test-backups.ts'
import { facts } from './verification.ts'

test('a verification that fails takes over what the one before it knew: what is damaged, and what came back whole', () =>
  withFolder(async (state) => {
    const before = { good: true, labels: ['a', 'b'], ...damageFacts(1, ['z']), ...damageFacts(2, []) }
    const record = { drill: '', at: '', took: 1, of: {}, facts: before }
    const newest = async () => record
    const backups = testBackups(state, { records: { newest, keep: () => Promise.reject(new Error('keeps nothing')) } })
    const seen = await facts(backups, testWorld().world, () => undefined)
    expect(seen.failed?.message).toBe('there is no backup yet')
    expect(seen.facts).toEqual({
      good: false,
      because: 'there is no backup yet',
      soundBefore: ['a', 'b'],
      damagedInFirst: ['z'],
      damagedInSecond: [],
    })
  }))

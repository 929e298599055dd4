import { describe, expect, it } from 'vitest'
import { sabotages as app } from '../infrastructure/app/proofs/sabotage.ts'
import { sabotages as backup } from '../infrastructure/backup/sabotage.ts'
import { sabotages as cdn } from '../infrastructure/cdn/proofs/sabotage.ts'
import { sabotages as database } from '../infrastructure/database/sabotage.ts'
import { sabotages as loadTesting } from '../infrastructure/load-testing/proofs/sabotage.ts'
import { allGuarantees, neverOnOneMachine } from '../infrastructure/compose.ts'
import { onLaidRecords, onLaidRecordsOfBackups } from '../infrastructure/monitoring/proofs/test-records.ts'
import { longSabotages, sabotages as shortOnes } from '../infrastructure/monitoring/sabotage.ts'

const monitoring = { ...longSabotages, ...shortOnes, ...onLaidRecords, ...onLaidRecordsOfBackups }
const sabotaged = new Set(Object.keys({ ...app, ...backup, ...cdn, ...database, ...loadTesting, ...monitoring }))

/** What one machine could claim in the other rooms, and nobody sabotages. */
const withoutSabotage: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['load', 'stress', 'soak'].map((name) => [`loadTesting.${name}`, 'acted out by sabotage.long.test.ts of the room']),
  ),
  'backup.otherRegion': 'claimed only where the second repository lies on another machine',
}

describe('the sabotages', () => {
  it('are each of a guarantee that there is', () => {
    const ids = new Set<string>(allGuarantees.map(({ id }) => id))
    expect([...sabotaged].filter((id) => !ids.has(id))).toEqual([])
  })

  it('are of each guarantee that one machine can claim, but for those with a reason', () => {
    const claimable = allGuarantees.filter(({ id }) => !neverOnOneMachine.has(id))
    const missing = claimable.map(({ id }): string => id).filter((id) => !sabotaged.has(id))
    expect(missing.toSorted()).toEqual(Object.keys(withoutSabotage).toSorted())
  })

  it('are none of what one machine can never claim', () => {
    expect([...neverOnOneMachine].filter((id) => sabotaged.has(id))).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { sabotages as app } from '../infrastructure/app/proofs/sabotage.ts'
import { sabotages as cdn } from '../infrastructure/cdn/proofs/sabotage.ts'
import { sabotages as database } from '../infrastructure/database/sabotage.ts'
import { sabotages as loadTesting } from '../infrastructure/load-testing/proofs/sabotage.ts'
import { allGuarantees, neverOnOneMachine } from '../infrastructure/compose.ts'

const sabotaged = new Set(Object.keys({ ...app, ...cdn, ...database, ...loadTesting }))

/** Rooms whose checks are still to be built: nothing of them is claimed. */
const toCome: readonly string[] = ['backup', 'monitoring']

/** What one machine could claim in the other rooms, and nobody sabotages. */
const withoutSabotage: Readonly<Record<string, string>> = {
  'database.readReplica': 'its check is not built',
  'database.monitoring': 'its check is not built',
  'database.insights': 'its check is not built',
  'database.network': 'its check is not built',
  'database.boundedStaleness': 'its check is not built',
  'loadTesting.load': 'judged by the check of smoke, and takes nine minutes',
  'loadTesting.stress': 'judged by the check of smoke, and takes half an hour',
  'loadTesting.soak': 'judged by the check of smoke, and takes more than an hour',
}

describe('the sabotages', () => {
  it('are each of a guarantee that there is', () => {
    const ids = new Set<string>(allGuarantees.map(({ id }) => id))
    expect([...sabotaged].filter((id) => !ids.has(id))).toEqual([])
  })

  it('are of each guarantee that one machine can claim, but for those with a reason', () => {
    const claimable = allGuarantees.filter(
      ({ id, component }) => !neverOnOneMachine.has(id) && !toCome.includes(component),
    )
    const missing = claimable.map(({ id }): string => id).filter((id) => !sabotaged.has(id))
    expect(missing.toSorted()).toEqual(Object.keys(withoutSabotage).toSorted())
  })

  it('are none of what one machine can never claim', () => {
    expect([...neverOnOneMachine].filter((id) => sabotaged.has(id))).toEqual([])
  })
})

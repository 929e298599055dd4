import { expect, it } from 'vitest'
import { sabotages as cdn } from '../infrastructure/cdn/sabotage.ts'
import { sabotages as database } from '../infrastructure/database/sabotage.ts'
import { sabotages as loadTesting } from '../infrastructure/load-testing/sabotage.ts'
import { allGuarantees } from '../src/cli/rooms.ts'

it('every sabotage is of a guarantee that there is', () => {
  const ids = new Set<string>(allGuarantees.map(({ id }) => id))
  expect(Object.keys({ ...cdn, ...database, ...loadTesting }).filter((id) => !ids.has(id))).toEqual([])
})

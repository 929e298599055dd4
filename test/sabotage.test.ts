import { expect, it } from 'vitest'
import { sabotages as cdn } from '../infrastructure/cdn/sabotage.ts'
import { sabotages as database } from '../infrastructure/database/sabotage.ts'
import { sabotages as loadTesting } from '../infrastructure/load-testing/sabotage.ts'
import { allGuarantees } from '../src/cli/rooms.ts'

const sabotaged = Object.keys({ ...cdn, ...database, ...loadTesting })

/** What a healthy machine keeps; the engine tests see each of them kept, broken and kept again. */
const keptOnOneMachine = [
  ...['staticCaching', 'cacheBusting', 'imageCaching', 'fontCaching', 'apiUncached', 'compression', 'https'].map(
    (name) => `cdn.${name}`,
  ),
  ...['certificate', 'spaRouting', 'errorsUncached', 'originPrivate', 'originShield', 'atomicReleases', 'rollback'].map(
    (name) => `cdn.${name}`,
  ),
  ...['keptAssets', 'securityHeaders', 'hitRatio'].map((name) => `cdn.${name}`),
  ...['standby', 'poolMinimum', 'poolMaximum', 'poolIdle', 'poolWait', 'parameters', 'noLostWrites'].map(
    (name) => `database.${name}`,
  ),
  'database.encryptedConnections',
  ...['smoke', 'journey', 'responseTime', 'errorRate', 'successRate', 'tailLatency', 'thinkTime', 'reports'].map(
    (name) => `loadTesting.${name}`,
  ),
]

it('every guarantee that is kept has a sabotage', () => {
  expect(sabotaged.toSorted()).toEqual(keptOnOneMachine.toSorted())
})

it('every sabotage is of a guarantee that there is', () => {
  const ids = new Set<string>(allGuarantees.map(({ id }) => id))
  expect(sabotaged.filter((id) => !ids.has(id))).toEqual([])
})

import { expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { k6Run } from './k6.ts'

it.each([
  ['smoke', 60, '1s'],
  ['load', 540, '1s'],
  ['stress', 1920, '8s'],
  ['soak', 4200, '18s'],
])('has k6 record %s, of %d s, by points of %s', (_scenario, seconds, period) => {
  const { world } = testWorld()
  const [, { env }] = k6Run({ k6: 'k6', script: 'a.ts', runFile: 'run.json', directory: '/nowhere', seconds }, world)
  expect(env).toMatchObject({ K6_WEB_DASHBOARD_PERIOD: period })
})

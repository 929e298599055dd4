import { expect, test } from 'vitest'
import { seconds } from '../../src/core/units.ts'
import { databaseSettings } from './settings.ts'

test("has the document's pool without a word of configuration", () => {
  const { pool } = databaseSettings.parse(undefined)
  expect([pool.minimum, pool.maximum, seconds(pool.idle), seconds(pool.wait)]).toEqual([10, 100, 300, 30])
})

test('refuses a pool that PostgreSQL could not serve', () => {
  expect(databaseSettings.safeParse({ pool: { maximum: 4000 } }).success).toBe(false)
})

test('refuses a pool that keeps more open than it may open, and names both', () => {
  const { error } = databaseSettings.safeParse({ pool: { minimum: 60, maximum: 50 } })
  expect(error?.issues[0]).toMatchObject({
    path: ['pool', 'minimum'],
    message: 'must be at most database.pool.maximum, which is 50',
  })
})

test('refuses more memory than the machine has for all members together, and says how much there may be', () => {
  const { error } = databaseSettings.safeParse({ memoryPercent: 60, replicas: 2 })
  expect(error?.issues[0]).toMatchObject({
    path: ['memoryPercent'],
    message: 'must be at most 40 with 2 replicas, as all members plan with 120 % together',
  })
  expect(databaseSettings.safeParse({ memoryPercent: 90 }).success).toBe(false)
  expect(databaseSettings.safeParse({ memoryPercent: 40, replicas: 2 }).success).toBe(true)
})

test('refuses pools and sessions that PostgreSQL could not serve together, and says what could', () => {
  const { error } = databaseSettings.safeParse({ pool: { maximum: 200 } })
  expect(error?.issues[0]).toMatchObject({
    path: ['maxConnections'],
    message: 'must be at least 540: 200 for writes, as many for reads, 40 sessions and 100 for maintenance',
  })
  expect(databaseSettings.safeParse({ pool: { maximum: 200 }, maxConnections: 540 }).success).toBe(true)
})

test.each([
  ['ssl'],
  ['fsync'],
  ['full_page_writes'],
  ['synchronous_commit'],
  ['max_connections'],
  ['listen_addresses'],
  // Patroni would write it down as 0 when it is killed.
  ['tcp_keepalives_idle'],
])('refuses %s as a parameter, because a promise stands on it', (name) => {
  const { error } = databaseSettings.safeParse({ parameters: { [name]: 'off' } })
  expect(error?.issues[0]?.path).toEqual(['parameters', name])
})

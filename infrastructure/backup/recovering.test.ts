import { expect, test } from 'vitest'
import { lackingIn } from './recovering.ts'
import { requireMajor } from './restore.ts'

const log = `WARNING:  hot standby is not possible because of insufficient parameter settings
DETAIL:  max_connections = 500 is a lower setting than on the primary server, where its value was 620.
FATAL:  recovery aborted because of insufficient parameter settings
DETAIL:  max_locks_per_transaction = 64 is a lower setting than on the primary server, where its value was 128.`

test.each([
  [{ max_connections: 500 }, { max_connections: 620, max_locks_per_transaction: 128 }],
  [{ max_connections: 620 }, { max_locks_per_transaction: 128 }],
  [{ max_connections: 620, max_locks_per_transaction: 200 }, {}],
])('reads out of the log of a recovery with %j that it lacks %j', (settings, lacks) => {
  expect(lackingIn(log, settings)).toEqual(lacks)
})

test('refuses a backup of another major before it is copied, and takes one whose major nobody noted', () => {
  expect(() => requireMajor({ label: '20260101-030000F', version: '14' })).toThrow(
    '20260101-030000F is of PostgreSQL 14, and PostgreSQL 15 cannot read its files',
  )
  requireMajor({ label: '20260101-030000F', version: '15' })
  requireMajor({ label: '20260101-030000F', version: undefined })
})

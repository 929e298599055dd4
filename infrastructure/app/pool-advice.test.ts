import { expect, test } from 'vitest'
import { poolAdvice } from './pool-advice.ts'

test.each([
  ['FATAL: unsupported startup parameter: statement_timeout (SQLSTATE 08P01)'],
  ['error: prepared statement "stmtcache_1" does not exist'],
  ['pq: unnamed prepared statement does not exist'],
  ['django.db.utils.OperationalError: cursor "_django_curs_1_sync_1" does not exist'],
])('names both ways out to a process that the pool refused: %s', (said) => {
  expect(poolAdvice(`starting\n${said}\n`)).toEqual([
    expect.stringContaining('docs/your-app.md has its setting'),
    expect.stringContaining('DATABASE_SESSION_URL'),
  ])
})

test('says nothing of it to one that ended for another reason', () => {
  expect(poolAdvice('Error: listen EADDRINUSE')).toEqual([])
})

import { expect, test } from 'vitest'
import { opensTo } from './open-rules.ts'

test.each(['trust', 'peer', 'ident', 'cert', 'gss', 'ldap', 'a method of tomorrow'])(
  'a rule with %s lets somebody in without a password',
  (method) => {
    expect(opensTo({ type: 'hostssl', method })).toBe('lets somebody in without a password')
  },
)

test.each([
  ['hostssl', 'scram-sha-256', undefined],
  ['local', 'scram-sha-256', undefined],
  ['host', 'reject', undefined],
  ['host', 'scram-sha-256', 'lets somebody in without encryption'],
  ['hostnossl', 'md5', 'lets somebody in without encryption'],
  ['local', 'password', 'has a password sent in the open'],
])('a rule of %s with %s: %s', (type, method, opens) => {
  expect(opensTo({ type, method })).toBe(opens)
})

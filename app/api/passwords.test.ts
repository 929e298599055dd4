import { expect, test } from 'vitest'
import { hashPassword, verifyForNobody, verifyPassword } from './passwords.ts'

test('hashes by Argon2id with the parameters of OWASP', async () => {
  expect(await hashPassword('secret')).toMatch(/^\$argon2id\$v=19\$m=7168,t=5,p=1\$/)
})

test('knows the right password from a wrong one', async () => {
  const hash = await hashPassword('secret')
  expect(await verifyPassword(hash, 'secret')).toBe(true)
  expect(await verifyPassword(hash, 'Secret')).toBe(false)
})

test('never lets in an account that does not exist', async () => {
  expect(await verifyForNobody('')).toBe(false)
})

test('refuses, rather than keep a hundred waiting', async () => {
  const hash = await hashPassword('secret')
  const all = await Promise.allSettled(Array.from({ length: 110 }, () => verifyPassword(hash, 'secret')))
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(110 - 102)
})

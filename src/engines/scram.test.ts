import { expect, test } from 'vitest'
import { scramSecret } from './scram.ts'

test('writes a password as PostgreSQL keeps it, without the password in it', () => {
  const secret = scramSecret('app', 'pencil')
  expect(secret).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/)
  expect(secret).not.toContain('pencil')
})

test('writes the same for the same name and password, and something else for any other', () => {
  expect(scramSecret('app', 'pencil')).toBe(scramSecret('app', 'pencil'))
  const salts = [scramSecret('app', 'pencil'), scramSecret('edge', 'pencil'), scramSecret('app', 'pencils')].map(
    (secret) => secret.split('$')[1],
  )
  expect(new Set(salts).size).toBe(3)
})

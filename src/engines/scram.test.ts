import { expect, test } from 'vitest'
import { scramSecret } from './scram.ts'

test('writes a password as PostgreSQL keeps it, without the password in it', () => {
  const secret = scramSecret('app', 'pencil', 'key')
  expect(secret).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/)
  expect(secret).not.toContain('pencil')
})

test('writes the same for the same name and password, and something else for any other', () => {
  expect(scramSecret('app', 'pencil', 'key')).toBe(scramSecret('app', 'pencil', 'key'))
  const all = [
    scramSecret('app', 'pencil', 'key'),
    scramSecret('edge', 'pencil', 'key'),
    scramSecret('app', 'pencils', 'key'),
    scramSecret('app', 'pencil', 'another key'),
  ]
  expect(new Set(all.map((secret) => secret.split('$')[1])).size).toBe(4)
})

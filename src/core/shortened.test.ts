import { expect, test } from 'vitest'
import { shortened } from './shortened.ts'

test.each([
  ['the first line that says something', '\n\n  starting up\nand more\n', 'starting up'],
  ['a line without colours and control characters', '\u001b[31mred\u001b[0m\u0007 alarm\0', 'red alarm'],
  [
    'the text of a page',
    '<!doctype html>\n<style>p {}</style><title>Error</title>\n<pre>Cannot GET /</pre>',
    'Error Cannot GET /',
  ],
  ['nothing of nothing', '', ''],
])('shows %s', (_what, text, shown) => {
  expect(shortened(text)).toBe(shown)
})

test('is no longer than a line', () => {
  expect(shortened('x'.repeat(5000))).toBe(`${'x'.repeat(199)}…`)
})

test.each([
  'cannot reach postgresql://app:hunter2@127.0.0.1:6432/app?sslmode=require',
  'redis://:hunter2@localhost refused',
  '{"error":"login failed","password":"hunter2"}',
  "DATABASE_PASSWORD='hunter2' is wrong",
  'GET /?token=hunter2&x=1',
  'api_key: hunter2',
  'Authorization: Bearer hunter2hunter2',
  'sent bearer hunter2hunter2',
])('hides the secret of %s', (text) => {
  expect(shortened(text)).not.toContain('hunter2')
  expect(shortened(text)).toContain('…')
})

test('hides no word that is none', () => {
  const text = 'the token has expired; see https://example.com:8443/a@b'
  expect(shortened(text)).toBe(text)
})

import { expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

const from = (headers: Readonly<Record<string, string>>, secret?: string) =>
  clientAddress({ headers, ip: '127.0.0.1' }, secret)

it('believes nginx, who shows the secret', () => {
  expect(from({ 'x-proxy-secret': 'a secret', 'x-forwarded-for': '192.0.2.7' }, 'a secret')).toBe('192.0.2.7')
})

it.each([
  ['shows none', { 'x-forwarded-for': '192.0.2.7' }],
  ['shows another', { 'x-proxy-secret': 'a guess!', 'x-forwarded-for': '192.0.2.7' }],
  ['shows its beginning', { 'x-proxy-secret': 'a sec', 'x-forwarded-for': '192.0.2.7' }],
  ['names no address', { 'x-proxy-secret': 'a secret' }],
])('takes the address of the connection of whoever %s', (_, headers) => {
  expect(from(headers, 'a secret')).toBe('127.0.0.1')
})

it.each([undefined, ''])('believes nobody without a secret: %j', (secret) => {
  expect(from({ 'x-proxy-secret': '', 'x-forwarded-for': '192.0.2.7' }, secret)).toBe('127.0.0.1')
})

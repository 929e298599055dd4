import { expect, test } from 'vitest'
import { isOfThisSite } from './same-site.ts'

const site = 'https://sports.example:8443'
const nothing = { origin: undefined, fetchSite: undefined, host: undefined }

test('lets its own pages through', () => {
  expect(isOfThisSite({ ...nothing, origin: site, fetchSite: 'same-origin' }, site)).toBe(true)
})

test('lets its own pages through under another name of the same machine', () => {
  const sender = { origin: 'https://127.0.0.1:8443', host: '127.0.0.1:8443', fetchSite: 'same-origin' }
  expect(isOfThisSite(sender, site)).toBe(true)
})

test('lets programs through that are not browsers', () => {
  expect(isOfThisSite(nothing, site)).toBe(true)
})

test('knows its own pages by the host without the port that its scheme has anyway', () => {
  const sender = { origin: 'https://www.sports.example', host: 'www.sports.example:443' }
  expect(isOfThisSite({ ...nothing, ...sender }, site)).toBe(true)
})

test.each([
  ['another site', { origin: 'https://evil.example', host: 'sports.example:8443' }],
  ['another port', { origin: 'https://sports.example', host: 'sports.example:8443' }],
  ['another port of a second name', { origin: 'https://127.0.0.1:9443', host: '127.0.0.1:8443' }],
  ['a foreign scheme', { origin: 'http://sports.example:8443', host: 'sports.example:8443' }],
  ['a foreign scheme of a second name', { origin: 'http://127.0.0.1:8443', host: '127.0.0.1:8443' }],
  ['a foreign scheme without a port', { origin: 'http://www.sports.example', host: 'www.sports.example' }],
  ["a program's own scheme", { origin: 'app://sports.example:8443', host: 'sports.example:8443' }],
  ['a page without an origin', { origin: 'null', host: 'sports.example:8443' }],
  ['a page without an origin, at a host that is none', { origin: 'null', host: 'null' }],
  ['an empty origin', { origin: '', host: '' }],
  ['several origins', { origin: `${site} https://evil.example`, host: 'sports.example:8443' }],
  ['its own origin twice', { origin: `${site}, ${site}`, host: 'sports.example:8443' }],
  ['an address, which no browser sends', { origin: `${site}/page`, host: 'sports.example:8443' }],
])('refuses %s', (_name, sender) => {
  expect(isOfThisSite({ ...nothing, ...sender }, site)).toBe(false)
})

test('refuses what the browser calls cross-site, whatever else it says', () => {
  expect(isOfThisSite({ ...nothing, fetchSite: 'cross-site' }, site)).toBe(false)
  expect(isOfThisSite({ ...nothing, fetchSite: 'same-site' }, site)).toBe(false)
})

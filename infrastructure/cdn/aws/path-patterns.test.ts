import { expect, it } from 'vitest'
import { cdnSettings } from '../settings.ts'
import { patternOf } from './path-patterns.ts'

const settings = cdnSettings.parse({ cache: { hashedFolders: ['_next/static'] } })

it.each([
  ['/api/report.js', true, '/api/*'],
  ['/api', true, '/api'],
  ['/api/report.js', false, '*.js'],
  ['/_next/static/css/app.css', true, '/_next/static/*'],
  ['/images/team.webp', true, '*.webp'],
  ['/app.js.map', true, 'Default (*)'],
  ['/sports/nba', true, 'Default (*)'],
])('is for %s, with an API: %s, that of %s', (path, hasApi, pattern) => {
  expect(patternOf(path, settings, hasApi)).toBe(pattern)
})

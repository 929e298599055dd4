import { expect, it } from 'vitest'
import production from '../../production.config.ts'
import { callsNode, isReferenceApp, siteSettings } from './settings.ts'

const site = (command: readonly string[]) => siteSettings.parse({ static: 'public', api: { command } })

it('know the reference app by the program of its API, wherever its folder is', () => {
  expect(isReferenceApp(siteSettings.parse(production.site))).toBe(true)
  expect(isReferenceApp(site(['node', '/srv/edge/app/api/start.js']))).toBe(true)
  // As configurations of earlier versions have it.
  expect(isReferenceApp(site(['node', '/srv/edge/app/api/main.ts']))).toBe(true)
  expect([site(['node', 'api/main.ts']), siteSettings.parse({ static: 'public' })].map(isReferenceApp)).toEqual([
    false,
    false,
  ])
})

it('know whether a command is run by Node', () => {
  expect(
    [site(['node', 'server.js']), site(['python3', 'node']), siteSettings.parse(production.site)].map(callsNode),
  ).toEqual([true, false, true])
})

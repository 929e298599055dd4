import { expect, it } from 'vitest'
import { appRoutes } from './app-routes.ts'
import type { PageStyle } from './routing.ts'
import { cdnSettings } from './settings.ts'

const published = async () => ({
  id: 'a',
  files: { 'index.html': '', 'docs/c++/index.html': '', 'api/index.html': '' },
})

const known = (pages: PageStyle, ...routes: readonly string[]) => ({
  routes,
  settings: cdnSettings.parse({ pages }),
  published,
})

it('are those that visitors come to, and those that were published, whatever app it is', async () => {
  expect(await appRoutes(known('folders', '/', '/pricing', '/api/plans'), '')).toEqual([
    '/pricing',
    '/docs/c%2B%2B/',
    '/docs/c%2B%2B',
  ])
})

it('are those that the homepage leads to, where nobody says more of a site', async () => {
  const links = ['/about', 'team?all=yes', '/paper.pdf', '/api/plans', 'https://other.example/x', '#top']
  const page = links.map((href) => `<a href="${href}">x</a>`).join('')
  expect(await appRoutes(undefined, page)).toEqual(['/about', '/team'])
})

it('is any path of an app that has one page for all', async () => {
  expect(await appRoutes(known('app'), '')).toEqual(['/edge-check/any-page'])
})

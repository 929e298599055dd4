import { expect, it } from 'vitest'
import { appRoutes } from './app-routes.ts'

const published = async () => ({
  id: 'a',
  files: { 'index.html': '', 'docs/c++/index.html': '', 'api/index.html': '' },
})

it('are those that visitors come to, and those that were published, whatever app it is', async () => {
  const routes = ['/', '/pricing', '/api/plans']
  expect(await appRoutes({ routes, pages: 'folders', published }, '')).toEqual([
    '/pricing',
    '/docs/c%2B%2B/',
    '/docs/c%2B%2B',
  ])
})

it('are those that the homepage leads to, where nobody says more of a site', async () => {
  const links = ['/about', 'team?all=yes', '/paper.pdf', '/api/plans', 'https://other.example/x', '#top']
  const page = links.map((href) => `<a href="${href}">x</a>`).join('')
  expect(await appRoutes({}, page)).toEqual(['/about', '/team'])
})

it('is any path of an app that has one page for all', async () => {
  expect(await appRoutes({ pages: 'app', published }, '')).toEqual(['/edge-check/any-page'])
})

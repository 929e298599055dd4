import { expect, it } from 'vitest'
import { cdnSettings } from '../cdn/settings.ts'
import { hiddenByPages } from './publish-on-aws.ts'

const names = ['index.html', 'logo.png', 'LICENSE', 'items/1.1', '.well-known/apple-app-site-association']

it('tells which files CloudFront takes for paths of the app', () => {
  expect(hiddenByPages(names, cdnSettings.parse({}))).toBe(
    "  LICENSE and 1 more: the app's page is sent in its place; cdn.fileTypes says which endings are files\n",
  )
})

it.each([
  ['where the configuration names their endings', { fileTypes: ['1'] }, ['items/1.1']],
  ['where each path has a page of its own', { pages: 'files' }, names],
  ['where there is none', {}, ['index.html', 'app.js']],
])('tells nothing %s', (_, settings, files) => {
  expect(hiddenByPages(files, cdnSettings.parse(settings))).toBe('')
})

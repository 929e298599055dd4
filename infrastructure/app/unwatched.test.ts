import { expect, it } from 'vitest'
import { siteSettings } from './settings.ts'
import { unwatched } from './unwatched.ts'

const adviceOn = (site: object, isPublished = false) =>
  unwatched(siteSettings.parse({ static: 'public', ...site }), import.meta.dirname, isPublished)

const blind = {
  static: { command: ['npm', 'run', 'build'] },
  api: { command: ['/usr/bin/env', 'node', 'local.ts'] },
  migrations: { command: ['python3', 'manage.py', 'migrate'] },
}
const says = {
  static:
    "site.static.sources is empty: when the site changed, it is not built again; name what it is made of: sources: ['src', …]",
  migrations:
    "site.migrations.sources is empty: a migration that is new is never run; name what it is made of: sources: ['src', …]",
  api: "site.api.sources is empty: when the program changed, its old processes run on; name what it is made of: sources: ['local.ts', …]",
}

it('names each command of which no change is seen, with what to write', () => {
  expect(adviceOn(blind)).toEqual([says.static, says.migrations, says.api])
})

it('says nothing of a published API and its migrations: its folder never changes', () => {
  expect(adviceOn(blind, true)).toEqual([says.static])
})

it.each([
  ['has sources', { api: { command: ['node', 'local.ts'], sources: ['local.ts'] } }],
  ['is none that edge runs', { api: { url: 'http://127.0.0.1:9000' } }],
  ['is not there', {}],
])('says nothing of an API that %s', (_, site) => {
  expect(adviceOn(site)).toEqual([])
})

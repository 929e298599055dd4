import mime from 'mime'
import { expect, it } from 'vitest'
import { compressibleName, extensions } from './classes.ts'
import { knownEndings, knownFile } from './file-types.ts'

const isKnown = (path: string): boolean => new RegExp(knownFile(), 'i').test(path)

it('names every type that has a class of its own', () => {
  expect(
    Object.values(extensions)
      .flat()
      .filter((ending) => !knownEndings.includes(ending)),
  ).toEqual([])
})

it('names every type that is compressed', () => {
  const endings = /\(\?i:([^)]+)\)/.exec(compressibleName)?.[1]?.split('|') ?? []
  expect(endings.filter((ending) => !knownEndings.includes(ending))).toEqual([])
})

it('names each once', () => {
  expect(new Set(knownEndings).size).toBe(knownEndings.length)
})

it.each(['jane.doe', '1.1', 'v2.0', 'example.com', 'mozilla.org', 'jane.me', 'onet.pl', 'openai.ai', 'README'])(
  'takes no name for a type: %s',
  (name) => {
    expect(isKnown(`/${name}`)).toBe(false)
  },
)

it('is made of what is registered, but for what only the web itself calls so', () => {
  const unregistered = knownEndings.filter((ending) => mime.getType(ending) === null)
  expect(unregistered.length).toBeLessThan(knownEndings.length / 5)
})

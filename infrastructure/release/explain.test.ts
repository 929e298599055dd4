import { describe, expect, it } from 'vitest'
import { requireOfSite } from './explain.ts'

const required = (given: string) => () =>
  requireOfSite(given, ['https://www.example.com:8443', 'http://www.example.com:8080'])

describe('what is explained', () => {
  it.each([
    '/games',
    'https://www.example.com:8443/games',
    'http://www.example.com:8080/games',
    'https://www.example.com/games',
  ])('may be %s', (given) => {
    expect(required(given)).not.toThrow()
  })

  it.each(['https://www.google.com/games', '//www.google.com/games', 'https://www.example.com:9443/games'])(
    'is not of another site: %s',
    (given) => {
      expect(required(given)).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/ is another site than this one, https:\/\/www\.example\.com:8443$/),
          hints: ['edge explain /games explains that path of https://www.example.com:8443'],
          exitCode: 2,
        }),
      )
    },
  )
})

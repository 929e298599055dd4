import { describe, expect, it } from 'vitest'
import { isRead, isRight, originOf, redirectTarget } from './answers.ts'

const page = { method: 'GET', status: 200, assets: false } as const

describe('an answer', () => {
  it('that has nothing in it is wrong, where nothing says that this is right', () => {
    expect(isRight(page, 200, '', '')).toBe(false)
    expect(isRight(page, 200, '', 'something')).toBe(true)
    expect(isRight({ ...page, contains: '' }, 200, '', '')).toBe(true)
    expect(isRight({ ...page, method: 'POST' }, 200, '', '')).toBe(true)
    expect(isRight({ ...page, status: 204 }, 204, '', '')).toBe(true)
  })

  it('needs the right status and what was asked for', () => {
    const wanted = { ...page, contains: '"{sport}"' }
    expect(isRight(wanted, 200, '"nba"', '["nba"]')).toBe(true)
    expect(isRight(wanted, 200, '"nba"', '["nfl"]')).toBe(false)
    expect(isRight(wanted, 404, '"nba"', '["nba"]')).toBe(false)
  })

  it('is read where that decides, and thrown away where it does not', () => {
    expect([page, { ...page, contains: 'a' }, { ...page, contains: '', assets: true }].map(isRead)).toEqual([
      true,
      true,
      true,
    ])
    expect(
      [
        { ...page, contains: '' },
        { ...page, method: 'POST', status: 204 },
      ].map(isRead),
    ).toEqual([false, false])
  })
})

it.each([
  [302, '/b', 'https://localhost/b'],
  [308, '/b?c=1#d', 'https://localhost/b?c=1'],
  [301, 'b', 'https://localhost/a/b'],
  [303, '?c=1', 'https://localhost/a/page?c=1'],
  [307, '//elsewhere.example/b', 'https://elsewhere.example/b'],
  [302, 'https://elsewhere.example', 'https://elsewhere.example'],
  [200, '/b', undefined],
  [302, undefined, undefined],
])('%s to %s leads to %s', (status, location, target) => {
  expect(redirectTarget(status, location, 'https://localhost/a/page?x=/y')).toBe(target)
})

it('takes what stands in an address beside the place for none', () => {
  expect(originOf('https://Localhost:443/a')).toBe('https://localhost')
  expect(originOf('http://localhost:80?a')).toBe('http://localhost')
  expect(originOf('http://localhost:443/')).toBe('http://localhost:443')
  expect(originOf('https://localhost@elsewhere.example/a')).toBe('https://elsewhere.example')
})

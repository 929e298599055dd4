import { describe, expect, it } from 'vitest'
import { type Flip, type Release, releaseBefore } from './release.ts'

const release = (id: string): Release => ({ id, fingerprint: id, publishedAt: id, by: 'tester', bytes: 0, files: {} })
const [a, b, c, d] = [release('a'), release('b'), release('c'), release('d')]
const flip = (how: Flip['how'], id: string, before: string | null): Flip => ({
  at: '2026-01-01T00:00:00.000Z',
  release: id,
  before,
  how,
  by: 'tester',
})
const published = [flip('publish', 'a', null), flip('publish', 'b', 'a')]

describe('the release before', () => {
  it('is the one that was live when this one was published', () => {
    expect(releaseBefore([a, b], b, published)).toBe(a)
  })

  it('is not the bad one that was gone back from', () => {
    const history = [...published, flip('rollback', 'a', 'b'), flip('publish', 'c', 'a')]
    expect(releaseBefore([a, b, c], c, history)).toBe(a)
    expect(releaseBefore([a, b, c], a, [...history, flip('rollback', 'a', 'c')])).toBeUndefined()
  })

  it('is the one before that, where it was a damaged one that the same content took the place of', () => {
    const bad = [flip('publish', 'd', 'a'), flip('rollback', 'a', 'd')]
    const history = [flip('publish', 'a', null), ...bad, flip('publish', 'b', 'a'), flip('publish', 'c', 'b')]
    expect(releaseBefore([a, d, c], c, history)).toBe(a)
  })

  it('is none where it was pruned', () => {
    expect(releaseBefore([b], b, published)).toBeUndefined()
  })

  it('follows the order of publication where the history was lost', () => {
    expect(releaseBefore([a, b, c], c, [])).toBe(b)
  })
})

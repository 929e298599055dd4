import { expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { tell } from './tell-published.ts'

const release = { id: 'two', fingerprint: '', publishedAt: '', by: 'tester', bytes: 0, files: {} }
const switched = { at: '', release: 'two', before: 'one', how: 'publish', by: 'tester', visibleMs: 5 } as const
const made = { api: undefined, replaced: undefined, taken: [], pruned: [], before: 'one' }

it.each([
  [0, 0],
  [1, 1],
])(
  'a release of which %s pages missed a file while it was switched ends with %s, and says how to go back',
  (failed, code) => {
    const { world, stdout } = testWorld()
    const flip = { ...switched, loads: { pages: 13, failed } }
    const published = { is: 'live', release, written: { files: 1, bytes: 1 }, flip } as const
    expect(tell({ ...made, published }, 'https://localhost', world, false)).toBe(code)
    expect(stdout().includes(`${failed} of 13 pages missed a file`)).toBe(failed > 0)
    expect(stdout()).toContain('edge rollback brings one back')
  },
)

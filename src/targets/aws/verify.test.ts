import { expect, it } from 'vitest'
import { broken, measured } from '../../core/check.ts'
import { withNextOnAws } from './verify.ts'

const guarantee = { id: 'cdn.keptAssets', component: 'cdn', source: 'document', says: 'it is kept' } as const

const nextOnAws = (next: string): string | undefined => {
  const verdict = broken(measured({}), 'a chunk is gone', next)
  const judged = withNextOnAws({ guarantee, verdict, measuredAt: new Date(0), milliseconds: 1 })
  return 'next' in judged.verdict ? judged.verdict.next : undefined
}

it.each(['edge deploy cdn puts the rendered nginx.conf back', 'edge logs nginx', 'edge status; edge up'])(
  'advises on AWS what is there in the place of: %s',
  (next) => {
    expect(nextOnAws(next)).toContain('edge deploy cdn --target aws')
  },
)

it('leaves an advice about releases as it is', () => {
  const next = 'open tabs of that release reload; publish it again to have it whole'
  expect(nextOnAws(next)).toBe(next)
})

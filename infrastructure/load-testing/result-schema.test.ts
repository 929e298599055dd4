import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { fromJSONSchema } from 'zod'
import { example } from './proofs/test-result.ts'
import { resultOf } from './result.ts'

const published = resolve(import.meta.dirname, '../../docs/load-test-result.schema.json')

it('the published schema takes a result, and refuses one that lacks a figure or has another kind of one', async () => {
  const schema = fromJSONSchema(JSON.parse(await readFile(published, 'utf8')))
  const takes = (value: unknown) => schema.safeParse(JSON.parse(JSON.stringify(value))).success
  const { responseTime: _, ...without } = example
  const wrong = [
    without,
    { ...example, verdict: 'good' },
    { ...example, requests: 'many' },
    { ...example, engines: ['nginx'] },
  ]
  expect(takes(example)).toBe(true)
  const first = { name: 'the busiest thread of api1', worst: 'up to 99 %', since: 12 }
  const saturation = { first, slowSince: null, says: 'so' }
  const capacity = { knee: null, says: 'so' }
  expect(takes({ ...example, saturation, capacity })).toBe(true)
  expect(takes({ ...example, saturation: { ...saturation, first: null }, capacity: { ...capacity, knee: 500 } })).toBe(
    true,
  )
  expect(takes({ ...example, saturation: { ...saturation, first: { name: 'a guess' } } })).toBe(false)
  expect(wrong.map(takes)).toEqual([false, false, false, false])
})

it('what an older edge wrote, which did not note what a run was made with, is a result to both', async () => {
  const schema = fromJSONSchema(JSON.parse(await readFile(published, 'utf8')))
  const { versions: _versions, engines: _engines, open: _open, ...older } = example
  expect(schema.safeParse(older).success).toBe(true)
  expect(resultOf(older)).toEqual({ ...older, versions: {}, engines: {}, open: false })
})

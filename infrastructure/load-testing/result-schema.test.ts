import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { fromJSONSchema } from 'zod'
import { example } from './proofs/test-result.ts'

const published = resolve(import.meta.dirname, '../../docs/load-test-result.schema.json')

it('the published schema takes a result, and refuses one that lacks a figure or has another kind of one', async () => {
  const schema = fromJSONSchema(JSON.parse(await readFile(published, 'utf8')))
  const takes = (value: unknown) => schema.safeParse(JSON.parse(JSON.stringify(value))).success
  const { responseTime: _, ...without } = example
  expect(takes(example)).toBe(true)
  expect([without, { ...example, verdict: 'good' }, { ...example, requests: 'many' }].map(takes)).toEqual([
    false,
    false,
    false,
  ])
})

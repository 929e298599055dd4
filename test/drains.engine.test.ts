import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SlowApp } from './slow-app.ts'
import { failedInReplacements, seenDuring, takes } from './slow-replacements.ts'

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

it('app.drains is not claimed before anything was replaced', async () => {
  expect(await app.verdict()).toMatchObject({
    verdict: 'notClaimed',
    because: expect.stringContaining('no process was'),
  })
})

describe('sixteen clients, of a server in Node that ends at once', () => {
  it('see no error while it is published, has another one published, is rolled back, and deployed', takes, async () => {
    expect(await failedInReplacements(app, 'Node')).toEqual([])
  })
})

it('a server that closes a kept connection after a second loses none of what comes each second', takes, async () => {
  const seen = await seenDuring(app, '/api/slow/997', () => app.publish('Node', 'keep-alive 1 s'))
  expect(seen.failed).toEqual([])
})

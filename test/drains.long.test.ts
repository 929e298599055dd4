import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SlowApp } from './slow-app.ts'
import { failedInReplacements, takes } from './slow-replacements.ts'

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

describe.each(['Python', 'Go'] as const)('sixteen clients, of a server in %s that ends at once', (kind) => {
  it('see no error while it is published, has another one published, is rolled back, and deployed', takes, async () => {
    expect(await failedInReplacements(app, kind)).toEqual([])
  })
})

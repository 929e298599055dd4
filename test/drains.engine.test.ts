import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lastReplacement } from '../infrastructure/app/replacements.ts'
import type { EdgeRun } from './instance.ts'
import { SlowApp } from './slow-app.ts'
import { type Seen, underClients } from './slow-clients.ts'

const fourSeconds = '/api/slow/4000'
/** A replacement waits twice for requests of four seconds, and is waited for by others like them. */
const takes = { timeout: 240_000 }

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

/** What sixteen clients see while a verb goes on, which has to end well. */
async function seenDuring(path: string, work: () => Promise<EdgeRun>): Promise<Seen & { readonly said: string }> {
  let said = ''
  const seen = await underClients(app.site, path, async () => {
    const ran = await work()
    said = ran.stdout
    expect([ran.code, ran.stderr]).toEqual([0, ''])
  })
  return { ...seen, said }
}

it('app.drains is not claimed before anything was replaced', async () => {
  expect(await app.verdict()).toMatchObject({
    verdict: 'notClaimed',
    because: expect.stringContaining('no process was'),
  })
})

describe.each(['Node', 'Python', 'Go'] as const)('sixteen clients, of a server in %s that ends at once', (kind) => {
  it('see no error while it is published, has another one published, is rolled back, and deployed', takes, async () => {
    expect((await app.publish(kind, `${kind} 1`)).code).toBe(0)
    const published = await seenDuring(fourSeconds, () => app.publish(kind, `${kind} 2`))
    expect(published.failed).toEqual([])
    expect(published.said).toMatch(/replaced +0 requests cut, 0 of \d+ of its own failed/)
    const last = await lastReplacement(app.instance.state)
    const nothingLeft = ['api1', 'api2'].map((engine) => ({ engine, left: 0 }))
    expect(last).toMatchObject({ verb: 'publish', processes: nothingLeft })
    expect(last && 'processes' in last && last.processes.every(({ inFlight }) => inFlight > 0)).toBe(true)
    expect((await seenDuring(fourSeconds, () => app.instance.edge(['rollback']))).failed).toEqual([])
    expect((await seenDuring(fourSeconds, () => app.deploy(kind, `${kind} 3`))).failed).toEqual([])
    expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
  })
})

it('a server that closes a kept connection after a second loses none of what comes each second', takes, async () => {
  const seen = await seenDuring('/api/slow/997', () => app.publish('Node', 'keep-alive 1 s'))
  expect(seen.failed).toEqual([])
})

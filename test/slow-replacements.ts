import { expect } from 'vitest'
import { lastReplacement } from '../infrastructure/app/replacements.ts'
import type { EdgeRun } from './instance.ts'
import type { SlowApp } from './slow-app.ts'
import { type Seen, underClients } from './slow-clients.ts'

const fourSeconds = '/api/slow/4000'
/** A replacement waits twice for requests of four seconds, and is waited for by others like them. */
export const takes = { timeout: 240_000 }

/** What sixteen clients see while a verb goes on, which has to end well. */
export async function seenDuring(
  app: SlowApp,
  path: string,
  work: () => Promise<EdgeRun>,
): Promise<Seen & { readonly said: string }> {
  let said = ''
  const seen = await underClients(app.site, path, async () => {
    const ran = await work()
    said = ran.stdout
    expect([ran.code, ran.stderr]).toEqual([0, ''])
  })
  return { ...seen, said }
}

/** What fails of requests of four seconds, by sixteen clients, while it is published twice, rolled back and deployed. */
export async function failedInReplacements(app: SlowApp, kind: 'Node' | 'Python' | 'Go'): Promise<Seen['failed']> {
  expect((await app.publish(kind, `${kind} 1`)).code).toBe(0)
  const published = await seenDuring(app, fourSeconds, () => app.publish(kind, `${kind} 2`))
  expect(published.said).toMatch(/replaced +0 requests cut, 0 of \d+ of its own failed/)
  const last = await lastReplacement(app.instance.state)
  const nothingLeft = ['api1', 'api2'].map((engine) => ({ engine, left: 0 }))
  expect(last).toMatchObject({ verb: 'publish', processes: nothingLeft })
  expect(last && 'processes' in last && last.processes.every(({ inFlight }) => inFlight > 0)).toBe(true)
  const rolledBack = await seenDuring(app, fourSeconds, () => app.instance.edge(['rollback']))
  const deployed = await seenDuring(app, fourSeconds, () => app.deploy(kind, `${kind} 3`))
  expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
  return [...published.failed, ...rolledBack.failed, ...deployed.failed]
}

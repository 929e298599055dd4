import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleTls } from '../../test/example-instance.ts'
import { alertmanagerConfiguration } from './render-alertmanager.ts'
import { monitoringSettings } from './settings.ts'
import type { Deployed } from '../../src/core/record.ts'
import { failuresCountFor, isSameWay, wayOf } from './way.ts'

async function files() {
  const folder = await mkdtemp(join(tmpdir(), 'edge-way-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [passwordFile, ca] = [join(folder, 'password'), join(folder, 'ca.crt')]
  await writeFile(passwordFile, 'one')
  await writeFile(ca, 'an authority')
  const email = { server: 'smtp.example.com:587', from: 'edge@example.com', to: ['oncall@example.com'], user: 'edge' }
  const settings = monitoringSettings.parse({ notify: { email: { ...email, passwordFile, ca } } })
  return {
    passwordFile,
    ca,
    routes: alertmanagerConfiguration('example', settings, exampleTls, 'https://127.0.0.1:1/'),
  }
}

it.each(['passwordFile', 'ca'] as const)('is another way when what %s holds is changed', async (changed) => {
  const given = await files()
  const before = await wayOf(given)
  expect(isSameWay(before, await wayOf(given))).toBe(true)
  await writeFile(given[changed], 'two')
  expect(isSameWay(before, await wayOf(given))).toBe(false)
})

it('is another way when somebody else is told', async () => {
  const { routes } = await files()
  const other = { routes: routes.replace('oncall@', 'nobody@') }
  expect(isSameWay(await wayOf({ routes }), await wayOf(other))).toBe(false)
})

it('keeps no password', async () => {
  expect(JSON.stringify(await wayOf(await files()))).not.toContain('"one"')
})

describe('failures of messages', () => {
  const now = new Date('2026-01-31T12:00:00Z')
  const longAgo = new Date('2026-01-30T12:00:00Z')
  const justNow = new Date('2026-01-31T11:59:20Z')
  const way = { route: 'as it is' }
  const asked = (at: string, facts: Readonly<Record<string, string>> = {}, of: Deployed = way) => ({
    drill: 'notify',
    at,
    facts,
    took: 1000,
    of,
  })
  const counts = (record: Parameters<typeof failuresCountFor>[0], since = longAgo) =>
    failuresCountFor(record, way, since, now)
  const [all, none] = [600, undefined]

  it('count for ten minutes where nobody has seen a message arrive since', () => {
    const refused = asked('2026-01-31T11:59:00Z', { failed: 'did not reach email' })
    const records = [none, { damaged: 'a record' }, refused, asked('2026-01-31T09:00:00Z')]
    expect(records.map((record) => counts(record).receivers)).toEqual([all, all, all, all])
  })

  it('count no more that are from before everybody took a message', () => {
    expect(counts(asked('2026-01-31T11:58:30Z')).receivers).toBe(90)
    expect(counts(asked('2026-01-31T12:00:00Z')).receivers).toBe(1)
  })

  it('count of the heartbeat, which no such message goes to', () => {
    expect(counts(asked('2026-01-31T11:58:30Z')).heartbeat).toBe(all)
  })

  it('count no more that are from before the way was changed', () => {
    const before = asked('2026-01-31T11:50:00Z', {}, { route: 'as it was' })
    for (const record of [none, before]) expect(counts(record, justNow)).toEqual({ receivers: 40, heartbeat: 40 })
  })

  it('count on where Alertmanager reads the same way once more', () => {
    expect(counts(asked('2026-01-31T09:00:00Z'), justNow)).toEqual({ receivers: all, heartbeat: all })
  })

  it('count where the message was seen by a clock that was ahead', () => {
    expect(counts(asked('2026-02-01T12:00:00Z')).receivers).toBe(all)
  })
})

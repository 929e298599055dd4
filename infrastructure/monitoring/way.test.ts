import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleTls } from '../../test/example-instance.ts'
import { alertmanagerConfiguration } from './render-alertmanager.ts'
import { monitoringSettings } from './settings.ts'
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
  const asked = (at: string, facts: Readonly<Record<string, string>> = {}) => ({
    drill: 'notify',
    at,
    facts,
    took: 1000,
    of: {},
  })

  it('count for ten minutes where nobody has seen a message arrive since', () => {
    const refused = asked('2026-01-31T11:59:00Z', { failed: 'did not reach email' })
    const records = [undefined, { damaged: 'a record' }, refused, asked('2026-01-31T09:00:00Z')]
    expect(records.map((record) => failuresCountFor(record, longAgo, now))).toEqual([600, 600, 600, 600])
  })

  it('count no more that are from before everybody took a message', () => {
    expect(failuresCountFor(asked('2026-01-31T11:58:30Z'), longAgo, now)).toBe(90)
    expect(failuresCountFor(asked('2026-01-31T12:00:00Z'), longAgo, now)).toBe(1)
  })

  it('count no more that are from before the way was changed', () => {
    expect(failuresCountFor(undefined, new Date('2026-01-31T11:59:20Z'), now)).toBe(40)
  })
})

import { describe, expect, it } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { schema } from '../config/schema.ts'
import { assertSound } from '../core/graph.ts'
import type { ComponentName } from '../core/guarantee.ts'
import { partsOf } from './apply.ts'
import { deployable } from './components.ts'
import { compose } from '../../infrastructure/compose.ts'

const composed = compose(schema.parse({ site: { static: 'web' } }), exampleInstance, '/srv/production.config.ts')
const { plan } = composed
const namesWithout = (skipped: (typeof deployable)[number]) => {
  const chosen = deployable.filter((name) => name !== skipped)
  const parts = partsOf(composed, { chosen, skipped: [skipped] })
  assertSound(parts)
  return parts.map(({ name }) => name)
}

it('has the certificate made for the database where the CDN is skipped', () => {
  expect(namesWithout('cdn')).toEqual(expect.arrayContaining(['certificate', 'etcd', 'pg1', 'pgbouncer']))
  expect(namesWithout('cdn')).not.toContain('nginx')
})

it('leaves every part of a skipped component out', () => {
  const left = plan.filter(({ component }) => component === 'database').map(({ name }) => name)
  expect(left.length).toBeGreaterThan(5)
  expect(namesWithout('database').filter((name) => left.includes(name))).toEqual([])
})

describe('the CDN that is deployed alone', () => {
  const deployed = (skipped: readonly ComponentName[]) => {
    const parts = partsOf(composed, { chosen: ['cdn'], skipped })
    assertSound(parts)
    return parts.map(({ name }) => name)
  }

  it('comes with the agent, which renews its certificate, and with what that stands on', () => {
    expect(deployed([])).toEqual(expect.arrayContaining(['nginx', 'agent', 'pgbouncer']))
  })

  it.each<ComponentName>(['monitoring', 'database'])('comes without it where %s is skipped', (skipped) => {
    expect(deployed([skipped])).toContain('nginx')
    expect(deployed([skipped])).not.toContain('agent')
  })
})

it('releases the app with its API: neither is deployed, or left out, without the other', () => {
  const names = (choice: Parameters<typeof partsOf>[1]) => partsOf(composed, choice).map(({ name }) => name)
  expect(names({ chosen: ['app'], skipped: [] })).toContain('release')
  expect(names({ chosen: ['cdn'], skipped: [] })).toContain('release')
  expect(names({ chosen: ['cdn'], skipped: ['app'] })).not.toContain('release')
})

import { expect, it } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { schema } from '../config/schema.ts'
import { assertSound } from '../core/graph.ts'
import { partsOf } from './apply.ts'
import { deployable } from './components.ts'
import { compose } from './rooms.ts'

const { plan } = compose(schema.parse({ site: { static: 'web' } }), exampleInstance, '/srv/production.config.ts')
const namesWithout = (skipped: (typeof deployable)[number]) => {
  const chosen = deployable.filter((name) => name !== skipped)
  const parts = partsOf(plan, { chosen, skipped: [skipped] })
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

import { expect, it } from 'vitest'
import { duration } from '../../src/core/units.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { members } from './processes.ts'
import { balancerConfiguration } from './render-balancer.ts'

const text = balancerConfiguration(exampleInstance, {
  members: members(exampleInstance),
  health: '/api/health',
  drain: duration('30 seconds'),
})

it('renders haproxy.cfg of the balancer', async () => {
  await expect(text).toMatchFileSnapshot('golden/balancer.cfg')
})

it('gives a process that hangs no more requests after five seconds', () => {
  const ms = (name: string): number => {
    const [, count, unit] = new RegExp(`\\b${name} (\\d+)(ms|s)\\b`).exec(text) ?? []
    return Number(count) * (unit === 's' ? 1000 : 1)
  }
  const fall = Number(/ fall (\d+) /.exec(text)?.[1])
  const [first, others] = [ms('check inter') + ms('timeout check'), ms('fastinter') + ms('timeout check')]
  expect(first + (fall - 1) * others).toBeLessThanOrEqual(5000)
})

import { expect, it } from 'vitest'
import { duration } from '../../src/core/units.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { members } from './processes.ts'
import { balancerConfiguration } from './render-balancer.ts'

it('renders haproxy.cfg of the balancer', async () => {
  const text = balancerConfiguration(exampleInstance, {
    members: members(exampleInstance),
    health: '/api/health',
    drain: duration('30 seconds'),
  })
  await expect(text).toMatchFileSnapshot('golden/balancer.cfg')
})

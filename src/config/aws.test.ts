import { expect, it } from 'vitest'
import { awsSettings } from './aws.ts'

const messages = (given: object): readonly string[] =>
  awsSettings.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

it.each([
  [
    'copies in the region that they are copies of',
    { region: 'us-west-2', copies: 'us-west-2' },
    'copies: must be another region than `aws.region`: what takes one away leaves the other',
  ],
  ['what is no region', { copies: 'west' }, 'copies: must be a region: us-west-2'],
  [
    'subnets of no network',
    { network: { subnets: ['subnet-0a1b2c3d', 'subnet-4e5f6071'] } },
    'network.subnets: must come with `aws.network.vpc`, whose they are',
  ],
  [
    'a network with one subnet',
    { network: { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d'] } },
    'network.subnets: must be two at least, in two zones',
  ],
])('refuses %s', (_, given, says) => {
  expect(messages(given).join('\n')).toContain(says)
})

it('takes networks and security groups that may connect, and a region for copies, or none', () => {
  expect(messages({ network: { admits: ['10.1.0.0/16', 'sg-0a1b2c3d'] }, copies: false })).toEqual([])
})

it('admits nobody, and writes to nobody, by itself', () => {
  const { network, notify, copies } = awsSettings.parse({})
  expect([network.admits, notify, copies]).toEqual([[], { critical: [], warning: [] }, 'us-west-2'])
})

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
  [
    'a network with one subnet, twice',
    { network: { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3d'] } },
    'network.subnets: must be two at least, in two zones',
  ],
  [
    'a secret without what AWS puts behind its name, which a right to read it goes by',
    { notify: { webhookSecret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:edge/slack' } },
    'notify.webhookSecret: must be the whole ARN of a secret',
  ],
  ['a VPC by another name', { network: { vpc: 'production' } }, 'network.vpc: must be the id of a VPC: vpc-…'],
  [
    'a network of 33 bits',
    { network: { admits: ['10.1.0.0/33'] } },
    'network.admits.0: must be a network (10.1.0.0/16)',
  ],
  [
    'a network of IPv6',
    { network: { admits: ['10.1.0.0/16', '2001:db8::/32'] } },
    'network.admits.1: must be a network of IPv4: nobody reaches the database by IPv6',
  ],
  [
    'a network by an address in its midst',
    { network: { admits: ['10.1.0.0/16', '192.168.77.5/20'] } },
    'network.admits.1: must be written by its beginning: 192.168.64.0/20',
  ],
  [
    'who may come, twice',
    { network: { admits: ['10.1.0.0/16', '10.1.0.0/16'] } },
    'network.admits: must name each once',
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

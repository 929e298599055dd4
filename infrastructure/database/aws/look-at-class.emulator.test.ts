import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Between, letThrough, type Rule } from '../../../test/ministack/between.ts'
import type { Frame } from '../../../src/targets/aws/room.ts'
import { requireClass } from './look-at-class.ts'

const region = 'us-east-1'
const frame: Frame = { instance: 'trial', account: '000000000000', region, stack: 'trial-database', props: {} }
let between: Between
beforeAll(async () => {
  between = await Between.withEmulator()
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
})
afterEach(() => {
  between.rule = letThrough
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

type Option = { readonly version?: string; readonly zones?: string; readonly standby?: boolean }
const option = ({ version = '15.13', zones = 'ab', standby = true }: Option): string =>
  `<OrderableDBInstanceOption><EngineVersion>${version}</EngineVersion><MultiAZCapable>${standby}</MultiAZCapable><AvailabilityZones>${[
    ...zones,
  ]
    .map((one) => `<AvailabilityZone><Name>${region}${one}</Name></AvailabilityZone>`)
    .join('')}</AvailabilityZones></OrderableDBInstanceOption>`

/** What RDS offers of a class, a page for each option. */
const offering =
  (...options: readonly Option[]): Rule =>
  async ({ body }, answered) => {
    if (!body.includes('Action=DescribeOrderableDBInstanceOptions')) return answered()
    const page = Number(/Marker=(\d+)/.exec(body)?.[1] ?? 0)
    const marker = page + 1 < options.length ? `<Marker>${page + 1}</Marker>` : ''
    const found = options[page]
    const all = `<OrderableDBInstanceOptions>${found ? option(found) : ''}</OrderableDBInstanceOptions>${marker}`
    const result = `<DescribeOrderableDBInstanceOptionsResult>${all}</DescribeOrderableDBInstanceOptionsResult>`
    const answer = `<DescribeOrderableDBInstanceOptionsResponse>${result}</DescribeOrderableDBInstanceOptionsResponse>`
    return { status: 200, body: answer, headers: { 'content-type': 'text/xml' } }
  }

const looked = (network = {}): Promise<void> => requireClass('db.r5.xlarge', { admits: [], ...network }, frame)

describe('a class of instances', () => {
  it('is taken where RDS offers it with a standby in both zones, on whichever page', async () => {
    await expect(looked()).resolves.toBeUndefined()
    between.rule = offering({ version: '14.9' }, { zones: 'bc' }, { zones: 'abd' })
    await expect(looked()).resolves.toBeUndefined()
  })

  it.each([
    ['not at all', [], 'RDS has no db.r5.xlarge for PostgreSQL in us-east-1'],
    ['for another major version', [{ version: '14.9' }], 'RDS has no db.r5.xlarge for PostgreSQL 15 in us-east-1'],
    ['without a standby', [{ standby: false }], 'RDS gives db.r5.xlarge for PostgreSQL 15 no standby in us-east-1'],
    [
      'in one of both zones alone',
      [{ zones: 'bc' }, { zones: 'a' }],
      'RDS has db.r5.xlarge for PostgreSQL 15 in us-east-1a, us-east-1b, us-east-1c, and the database stands in us-east-1a, us-east-1b',
    ],
  ] as const)('is refused in words where RDS offers it %s', async (_where, options, message) => {
    between.rule = offering(...options)
    await expect(looked()).rejects.toMatchObject({
      where: 'database.rds.class',
      message: expect.stringContaining(message),
      hints: expect.arrayContaining(['nothing was deployed']),
    })
  })

  it('is looked for in the zones of the subnets that are there', async () => {
    between.rule = async (asked, answered) => {
      if (!asked.body.includes('Action=DescribeSubnets')) return offering({ zones: 'cd' })(asked, answered)
      const subnets = ['c', 'd'].map((one) => `<item><availabilityZone>${region}${one}</availabilityZone></item>`)
      const body = `<DescribeSubnetsResponse><subnetSet>${subnets.join('')}</subnetSet></DescribeSubnetsResponse>`
      return { status: 200, body, headers: { 'content-type': 'text/xml' } }
    }
    const existing = { vpc: 'vpc-1', subnets: ['subnet-1', 'subnet-2'] }
    await expect(looked({ existing })).resolves.toBeUndefined()
  })
})

import type { PropertyDifference, StackResourceDrift } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import { driftsIn, grownIn } from './drift.ts'
import { requireNoneTakenBack } from './grown.ts'

const of = (
  type: string,
  differences: readonly Partial<PropertyDifference>[],
  more: object = {},
): StackResourceDrift => ({
  StackId: 'trial',
  Timestamp: new Date(0),
  LogicalResourceId: 'Primary',
  ResourceType: type,
  StackResourceDriftStatus: 'MODIFIED',
  PropertyDifferences: differences.map((one) => ({
    PropertyPath: '/AllocatedStorage',
    ExpectedValue: '100',
    ActualValue: '300',
    DifferenceType: 'NOT_EQUAL',
    ...one,
  })),
  ...more,
})
const database = 'AWS::RDS::DBInstance'
const multiAz = { PropertyPath: '/MultiAZ', ExpectedValue: 'true', ActualValue: 'false' }

describe('what a hand changed', () => {
  it('is not the storage of a database, which grows by itself', () => {
    expect(driftsIn([of(database, [{}])])).toEqual([])
    expect(driftsIn([of(database, [{}, multiAz])])).toEqual([
      { resource: 'Primary', how: 'changed', properties: ['/MultiAZ'] },
    ])
  })

  it('is whatever else differs, and what is gone', () => {
    expect(driftsIn([of(database, [{ ActualValue: '20' }])])).toHaveLength(1)
    expect(driftsIn([of('AWS::EC2::Volume', [{}])])).toHaveLength(1)
    expect(driftsIn([of(database, [], { StackResourceDriftStatus: 'DELETED' })])).toEqual([
      { resource: 'Primary', how: 'deleted', properties: [] },
    ])
  })
})

describe('storage that has grown', () => {
  const byHand = { resource: 'PoolGroup', how: 'changed', properties: ['/SecurityGroupIngress/0'] } as const
  const stack = { stack: 'trial-database', component: 'database', drifts: [byHand] }
  const begins = (gibibytes: number) => [
    { stack: 'trial-database', storage: { field: 'database.rds.storage', gibibytes } },
  ]

  it('is told, and is not what is less than it was', () => {
    expect(grownIn([of(database, [{}, multiAz]), of(database, [{ ActualValue: '20' }])])).toEqual([
      { resource: 'Primary', gibibytes: 300 },
    ])
  })

  it('keeps a hand’s changes from being put back, as it would be, too; until the configuration names its size', () => {
    const grown = [{ resource: 'Primary', gibibytes: 300 }]
    expect(() => requireNoneTakenBack([{ ...stack, grown }], begins(100))).toThrow(
      expect.objectContaining({
        where: 'trial-database',
        message: expect.stringContaining('the storage of Primary has grown to 300 GB'),
        hints: [
          'nothing was deployed',
          expect.stringMatching(
            /^database\.rds\.storage: '300 GB' in .* edge deploy database --target aws --revert-drift/,
          ),
        ],
      }),
    )
    expect(() => requireNoneTakenBack([{ ...stack, grown }], begins(300))).not.toThrow()
    expect(() => requireNoneTakenBack([{ ...stack, drifts: [], grown }], begins(100))).not.toThrow()
  })
})

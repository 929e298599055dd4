import type { PropertyDifference, StackResourceDrift } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import { driftsIn } from './drift.ts'

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

import type { Change as SetChange } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import type { Change } from './change.ts'
import { lossesIn, lossesInSet, requireDataKept } from './keep-data.ts'
import type { StackPlan } from './plan.ts'

const primary = { resource: 'Primary', type: 'AWS::RDS::DBInstance' } as const
const planned = (...changes: Change[]): StackPlan => ({
  stack: 'production-database',
  region: 'us-east-1',
  before: 'a',
  after: 'b',
  changes,
  beside: [],
})
const stacks = [{ stack: 'production-database', component: 'database' }] as const
const replaced: Change = { ...primary, action: 'replace', properties: ['MasterUsername', 'Engine'] }

describe('a change that would lose data', () => {
  it('is refused, with the properties that cause it, and what allows it', () => {
    expect(() => requireDataKept([planned(replaced)], stacks, [])).toThrow(
      expect.objectContaining({
        where: 'production-database',
        message: 'Primary (AWS::RDS::DBInstance) would be replaced, for MasterUsername, Engine',
        hints: expect.arrayContaining([
          'nothing was deployed',
          'edge deploy database --target aws --allow-replacement database does it all the same',
        ]),
      }),
    )
  })

  it('is done where its component was named for it, and no other', () => {
    expect(() => requireDataKept([planned(replaced)], stacks, ['database'])).not.toThrow()
    expect(() => requireDataKept([planned(replaced)], stacks, ['backup'])).toThrow('would be replaced')
  })

  it('is one that deletes it, too', () => {
    expect(lossesIn([{ ...primary, action: 'delete', properties: [] }])).toEqual([
      'Primary (AWS::RDS::DBInstance) would be deleted',
    ])
  })

  it.each([
    ['changes it in place', { ...primary, action: 'change', properties: ['DBInstanceClass'] }],
    ['leaves it behind', { ...primary, action: 'leave behind', properties: [] }],
    ['replaces what holds nothing', { resource: 'Pool', type: 'AWS::RDS::DBProxy', action: 'replace', properties: [] }],
  ] as const)('is none that %s', (_, change) => {
    expect(lossesIn([{ ...change, properties: [...change.properties] }])).toEqual([])
  })
})

describe('a change set of CloudFormation', () => {
  const which = { LogicalResourceId: 'Primary', ResourceType: 'AWS::RDS::DBInstance' } as const
  const modify = (Replacement: 'True' | 'False' | 'Conditional', recreates: 'Always' | 'Never'): SetChange => {
    const Details = [
      { Target: { Name: 'DBName', RequiresRecreation: recreates } },
      { Target: { Name: 'Tags', RequiresRecreation: 'Never' as const } },
    ]
    return { ResourceChange: { ...which, Action: 'Modify', Replacement, Details } }
  }

  it('says by itself what it would replace, and for which property', () => {
    expect(lossesInSet([modify('True', 'Always')])).toEqual([
      'Primary (AWS::RDS::DBInstance) would be replaced, for DBName',
    ])
  })

  it.each(['False', 'Conditional'] as const)('loses nothing that it says %s of', (replacement) => {
    expect(lossesInSet([modify(replacement, 'Never')])).toEqual([])
  })

  it('says what it would delete', () => {
    expect(lossesInSet([{ ResourceChange: { ...which, Action: 'Remove' } }])).toEqual([
      'Primary (AWS::RDS::DBInstance) would be deleted',
    ])
  })
})

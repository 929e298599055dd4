import type { ResourceChange } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import { isEmptySet, unplannedIn } from './change-set.ts'
import type { Action } from './change.ts'
import type { Drift } from './drift.ts'
import type { StackPlan } from './plan.ts'

const planned = (does?: Action): StackPlan => ({
  stack: 'production-cdn',
  region: 'us-east-1',
  before: 'a',
  after: 'b',
  beside: [],
  changes: does === undefined ? [] : [{ resource: 'Store', type: 'AWS::S3::Bucket', action: does, properties: [] }],
})
const wouldDo = (change: ResourceChange, does?: Action): string | undefined =>
  unplannedIn(
    { Type: 'Resource', ResourceChange: { LogicalResourceId: 'Store', ...change } },
    { ...planned(does), drifts: [] },
  )

describe('what CloudFormation would do and the plan does not show', () => {
  const more: readonly [what: string, change: ResourceChange, planned: Action | undefined, says: string][] = [
    ['a deletion', { Action: 'Remove' }, undefined, 'delete Store'],
    ['a deletion of what is to be changed', { Action: 'Remove' }, 'change', 'delete Store'],
    ['a resource more', { Action: 'Add' }, undefined, 'add Store'],
    ['another copy of what is to be changed', { Action: 'Modify', Replacement: 'True' }, 'change', 'replace Store'],
    ['a change', { Action: 'Modify', Details: [{ Evaluation: 'Static' }] }, undefined, 'change Store'],
  ]
  it.each(more)('is %s', (_, change, does, says) => {
    expect(wouldDo(change, does)).toBe(says)
  })

  it.each([
    ['a deletion', { Action: 'Remove' }, 'delete'],
    ['what is left behind', { Action: 'Remove' }, 'leave behind'],
    ['a resource more', { Action: 'Add' }, 'add'],
    ['another copy', { Action: 'Modify', Replacement: 'True' }, 'replace'],
    ['what may be another copy', { Action: 'Modify', Replacement: 'True' }, 'may replace'],
    ['a change', { Action: 'Modify', Replacement: 'Conditional' }, 'change'],
  ] as const)('is nothing where the plan shows it: %s', (_, change, does) => {
    expect(wouldDo(change, does)).toBeUndefined()
  })

  const putBack: readonly [how: Drift['how'], change: ResourceChange, says: string | undefined][] = [
    ['changed', { Action: 'Modify', Details: [{ Evaluation: 'Static' }] }, undefined],
    ['changed', { Action: 'Modify', Replacement: 'True' }, 'replace Store'],
    ['deleted', { Action: 'Add' }, undefined],
  ]
  it.each(putBack)('is held to what a hand has %s, where that is put back', (how, change, says) => {
    const set = { ResourceChange: { LogicalResourceId: 'Store', ...change } }
    expect(unplannedIn(set, { ...planned(), drifts: [{ resource: 'Store', how, properties: [] }] })).toBe(says)
  })

  it('is nothing where it follows from a change of what the resource is made of', () => {
    expect(wouldDo({ Action: 'Modify', Details: [{ Evaluation: 'Dynamic' }] })).toBeUndefined()
  })
})

describe('a change set', () => {
  it.each([
    ["The submitted information didn't contain changes. Submit different information to create a change set.", true],
    ['No updates are to be performed.', true],
    ['Requires capabilities : [CAPABILITY_NAMED_IAM]', false],
    [undefined, false],
  ])('that failed has nothing to do by CloudFormation’s own words alone: %s', (StatusReason, isEmpty) => {
    expect(isEmptySet({ Status: 'FAILED', StatusReason })).toBe(isEmpty)
    expect(isEmptySet({ Status: 'CREATE_COMPLETE', StatusReason })).toBe(false)
  })
})

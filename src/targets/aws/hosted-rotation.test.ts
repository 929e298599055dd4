import type { ResourceChange } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import { templateOf } from '../../../infrastructure/database/proofs/test-template.ts'
import { unplannedIn } from './change-set.ts'
import { changesBetween } from './changes.ts'
import { hostedBetween } from './hosted-rotation.ts'
import { planLines } from './show-plan.ts'

const rotation = (name: string, more: object) => ({
  [name]: { Type: 'AWS::SecretsManager::RotationSchedule', Properties: { SecretId: 'a', ...more } },
})
const withFunction = {
  Resources: rotation('Rotation', { HostedRotationLambda: { RotationType: 'PostgreSQLSingleUser' } }),
}
const nested = { ResourceType: 'AWS::CloudFormation::Stack', LogicalResourceId: 'RotationHostedRotationLambda' }

/** The plan of the way from one template to another. */
const planned = async (before: object, after: object) => ({
  stack: 'trial-database',
  region: 'us-east-1',
  before: null,
  after: 'b',
  changes: [...(await changesBetween({ ...before }, { ...after }))],
  hosted: hostedBetween({ ...before }, { ...after }),
  beside: [],
})
const unplanned = async (before: object, after: object, change: ResourceChange) =>
  unplannedIn({ Type: 'Resource', ResourceChange: change }, { ...(await planned(before, after)), drifts: [] })

describe('the stack that CloudFormation adds for a rotation', () => {
  it('is shown in the plan, with what it is for', async () => {
    const stacks = [await planned({}, withFunction)]
    const plain = (text: string): string => text
    const paint = { red: plain, green: plain, yellow: plain, dim: plain, bold: plain }
    expect(planLines({ instance: 'trial', account: '123456789012', stacks }, paint).join('\n')).toMatch(
      /add +RotationHostedRotationLambda +AWS::CloudFormation::Stack: CloudFormation adds it: the function that rotates/,
    )
  })

  it('is one of the real stack of the database, by the name of its rotation', async () => {
    expect(hostedBetween({}, await templateOf())).toEqual([
      { resource: expect.stringMatching(/^SecretAttachmentRotation[0-9A-F]{8}HostedRotationLambda$/), action: 'add' },
    ])
  })

  it('is agreed to where the rotation is added, changed or deleted', async () => {
    expect(await unplanned({}, withFunction, { ...nested, Action: 'Add' })).toBeUndefined()
    const changed: ResourceChange = { ...nested, Action: 'Modify', Details: [{ Evaluation: 'Static' }] }
    expect(await unplanned(withFunction, withFunction, changed)).toBeUndefined()
    expect(await unplanned(withFunction, {}, { ...nested, Action: 'Remove' })).toBeUndefined()
  })

  it.each([
    ['another stack', { ...nested, LogicalResourceId: 'Other' }, 'add Other'],
    [
      'another resource of that name',
      { ...nested, ResourceType: 'AWS::Lambda::Function' },
      `add ${nested.LogicalResourceId}`,
    ],
  ])('is the only one that is agreed to: not %s', async (_, change, says) => {
    expect(await unplanned({}, withFunction, { ...change, Action: 'Add' })).toBe(says)
  })

  it('is not agreed to without a rotation that has one, nor deleted while its rotation stays', async () => {
    const own = { Resources: rotation('Rotation', { RotationLambdaARN: 'arn' }) }
    expect(await unplanned({}, own, { ...nested, Action: 'Add' })).toBe(`add ${nested.LogicalResourceId}`)
    expect(await unplanned(withFunction, withFunction, { ...nested, Action: 'Remove' })).toBe(
      `delete ${nested.LogicalResourceId}`,
    )
  })
})

it('is expected beside a rotation alone, and not beside another resource that has such a property', () => {
  const other = { Other: { Type: 'AWS::Lambda::Function', Properties: { HostedRotationLambda: {} } } }
  expect(hostedBetween({}, { Resources: other })).toEqual([])
})

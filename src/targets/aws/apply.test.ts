import { expect, it } from 'vitest'
import { doneTo } from './apply.ts'
import type { Agreed } from './change-set.ts'

const drifts = [
  { resource: 'Store', how: 'changed', properties: ['/VersioningConfiguration/Status'] },
  { resource: 'Replica', how: 'deleted', properties: [] },
] as const
// A plan has more fields, which are not read here.
const agreed = { stack: 'trial-cdn', region: 'us-east-1', changes: [{}], beside: [], drifts } as unknown as Agreed

it('a change by hand that CloudFormation does nothing about is said to be there still', () => {
  expect(() => doneTo(agreed, false)).toThrow(
    expect.objectContaining({
      where: 'trial-cdn',
      message:
        'was not put back: CloudFormation does nothing about Store: /VersioningConfiguration/Status; Replica (deleted)',
    }),
  )
})

it('what it does something about counts as put back; without such changes there may be nothing to do', () => {
  expect(doneTo(agreed, true)).toEqual({ stack: 'trial-cdn', changes: 1, putBack: 2 })
  expect(doneTo({ ...agreed, drifts: [] }, false)).toEqual({ stack: 'trial-cdn', changes: 0, putBack: 0 })
})

import { expect, it } from 'vitest'
import { templateHash } from './assembly.ts'
import { compared } from './compared.ts'

const template = (more: object, resource: object = {}, outputs: object = {}) => ({
  ...more,
  Resources: { One: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1 }, ...resource }, Two: { Type: 'x' } },
  Outputs: outputs,
})
const plain = template({})
const hash = (content: object): string => templateHash(compared({ ...content }))

it.each([
  ['what depends on what', template({}, { DependsOn: ['Two'] })],
  ['what it says of itself', template({ Description: 'A queue', Metadata: { note: 'one' } })],
])('a template is the same to CloudFormation whatever it says of %s', (_, other) => {
  expect(hash(other)).toBe(hash(plain))
  expect(templateHash(other)).not.toBe(templateHash(plain))
})

it.each([
  ['a property', template({}, { Properties: { DelaySeconds: 2 } })],
  ['a policy', template({}, { DeletionPolicy: 'Retain' })],
  ['what the stack answers', template({}, {}, { Arn: { Value: 'x' } })],
  [
    'a property of the same name',
    template({}, { Properties: { DelaySeconds: 1, Description: 'x', DependsOn: 'Two' } }),
  ],
])('a template is another with another value of %s', (_, other) => {
  expect(hash(other)).not.toBe(hash(plain))
})

it('a template without resources is taken as it is', () => {
  expect(compared({})).toEqual({})
})

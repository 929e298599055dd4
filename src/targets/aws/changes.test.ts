import { describe, expect, it } from 'vitest'
import { changesOfAnyKind } from './changes-of-any-kind.ts'
import { changedInPlace, changesBetween, quietChanges } from './changes.ts'

const one = (Type: string, Properties: object, more: object = {}) => ({
  Resources: { One: { Type, Properties, ...more } },
})
const everyProperty = Object.entries(changedInPlace).flatMap(([type, names]) =>
  names.map((name) => [type, name] as const),
)

describe('the changes between two templates', () => {
  it.each(everyProperty)('are those of CDK’s own comparison: %s.%s is changed in place', (type, name) => {
    const [before, after] = [one(type, { [name]: 'one' }), one(type, { [name]: 'two' })]
    const expected = [{ resource: 'One', type, action: 'change', properties: [name] }]
    expect(quietChanges(before, after)).toEqual(expected)
    expect(changesOfAnyKind(before, after)).toEqual(expected)
  })

  it.each([
    ['a name', one('AWS::CloudFront::Function', { Name: 'one' }), one('AWS::CloudFront::Function', { Name: 'two' })],
    ['a type', one('AWS::S3::Bucket', {}), one('AWS::SQS::Queue', {})],
    ['a resource that goes', one('AWS::S3::Bucket', {}), { Resources: {} }],
    ['a type that nothing is known of', one('AWS::SQS::Queue', { A: 1 }), one('AWS::SQS::Queue', { A: 2 })],
    ['what is no property', one('AWS::S3::Bucket', {}), one('AWS::S3::Bucket', {}, { DeletionPolicy: 'Retain' })],
  ])('are left to that comparison for %s', async (_, before, after) => {
    expect(quietChanges(before, after)).toBeUndefined()
    expect(await changesBetween(before, after)).toEqual(changesOfAnyKind(before, after))
  })

  it('are named one by one among parameters, and as a whole where CloudFormation computes the value', () => {
    const group = (Parameters: object) => one('AWS::RDS::DBParameterGroup', { Description: 'one', Parameters })
    const [before, after] = [
      group({ work_mem: '1', jit: '0', gone: '1' }),
      group({ work_mem: '2', jit: '0', new: '1' }),
    ]
    expect(changesOfAnyKind(before, after)).toMatchObject([
      { properties: ['Parameters.work_mem', 'Parameters.gone', 'Parameters.new'] },
    ])
    expect(changesOfAnyKind(group({ Ref: 'A' }), group({ Ref: 'B' }))).toMatchObject([{ properties: ['Parameters'] }])
  })

  it('are none between equal templates, and the same as there for what is new', () => {
    const bucket = one('AWS::S3::Bucket', { BucketName: 'one' })
    expect(quietChanges(bucket, bucket)).toEqual([])
    expect(quietChanges({}, bucket)).toEqual(changesOfAnyKind({}, bucket))
  })
})

import { describe, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { changesBetween } from '../../targets/aws/changes.ts'
import { showPlan } from './plan.ts'

const bucket = (name: string, more: object = {}) => ({
  Resources: { Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: name }, ...more } },
})

/** What an operator sees of the way from one template to another. */
async function shown(before: object, after: object): Promise<string> {
  const { world, stdout } = testWorld()
  const changes = [...(await changesBetween({ ...before }, { ...after }))]
  const stack = { stack: 'trial-cdn', region: 'us-east-1', before: 'a', after: 'b', changes }
  showPlan({ instance: 'trial', account: '123456789012', stacks: [stack] }, world.stdout)
  return stdout()
}

describe('a plan for AWS', () => {
  it.each([
    ['a resource that is made anew', bucket('one'), bucket('two'), /REPLACE +Store +AWS::S3::Bucket: BucketName/],
    ['a resource that is deleted', bucket('one'), { Resources: {} }, /DELETE +Store/],
    [
      'a resource that is left behind',
      bucket('one', { DeletionPolicy: 'Retain' }),
      { Resources: {} },
      /LEAVE BEHIND +Store/,
    ],
  ])('shouts about %s', async (_, before, after, line) => {
    expect(await shown(before, after)).toMatch(line)
    expect(await shown(before, after)).toContain('1 of them REPLACE OR DELETE something')
  })

  it('says it quietly where nothing is lost', async () => {
    expect(await shown({ Resources: {} }, bucket('one'))).toMatch(/add +Store/)
    expect(await shown({ Resources: {} }, bucket('one'))).toContain('none of them replaces or deletes anything')
    expect(await shown(bucket('one'), bucket('one'))).toContain('nothing to change')
  })
})

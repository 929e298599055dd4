import { describe, expect, it } from 'vitest'
import { templateHash } from './assembly.ts'
import { changesBetween, sectionChanges } from './changes.ts'
import type { StackPlan } from './plan.ts'
import { planLines } from './show-plan.ts'

const bucket = (name: string, more: object = {}) => ({
  Resources: { Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: name }, ...more } },
})

const plain = (text: string): string => text
const noPaint = { red: plain, green: plain, yellow: plain, dim: plain, bold: plain }
const linesOf = (...stacks: StackPlan[]): string =>
  `${planLines({ instance: 'trial', account: '123456789012', stacks }, noPaint).join('\n')}\n`

/** What an operator sees of the way from one template to another, of a stack in some status. */
async function shown(before: object, after: object, status = 'CREATE_COMPLETE'): Promise<string> {
  const [one, other] = [{ ...before }, { ...after }]
  const [changes, beside] = [[...(await changesBetween(one, other))], [...sectionChanges(one, other)]]
  const hashes = { before: templateHash(one), after: templateHash(other) }
  const stack = { stack: 'trial-cdn', region: 'us-east-1', status, ...hashes, changes, beside }
  return linesOf(stack)
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
    expect(await shown(before, after)).toContain('1 change; 1 of them REPLACE OR DELETE something')
  })

  it.each([
    ['goes to Delete', 'Retain', 'Delete'],
    ['goes to nothing, which is Delete', 'RetainExceptOnCreate', undefined],
    ['goes to a snapshot', 'Retain', 'Snapshot'],
  ])('shouts about what is kept no longer: a policy %s', async (_, was, is) => {
    const policies = (of: string | undefined) => ({ DeletionPolicy: of, UpdateReplacePolicy: of })
    const out = await shown(bucket('one', policies(was)), bucket('one', policies(is)))
    expect(out).toMatch(/change +Store +AWS::S3::Bucket: DeletionPolicy, UpdateReplacePolicy/)
    expect(out).toContain(
      `the stack is deleted, or it leaves the template: DeletionPolicy was ${was}, and is ${is ?? 'Delete'}`,
    )
    expect(out).toContain(`made in its place: UpdateReplacePolicy was ${was}, and is ${is ?? 'Delete'}`)
    expect(out).toContain('1 of them KEEP something NO LONGER')
  })

  it('shouts about each of several things that are lost at once', async () => {
    const out = await shown(bucket('one', { UpdateReplacePolicy: 'Retain' }), bucket('two'))
    expect(out).toMatch(/REPLACE +Store +AWS::S3::Bucket: BucketName, UpdateReplacePolicy\n +NOT KEPT +Store/)
    expect(out).toContain('1 change; 1 of them REPLACE OR DELETE something; 1 of them KEEP something NO LONGER')
  })

  it.each([
    ['kept from now on', undefined, 'Retain'],
    ['kept in another way', 'Retain', 'RetainExceptOnCreate'],
  ])('says quietly that something is %s', async (_, was, is) => {
    const out = await shown(bucket('one', { DeletionPolicy: was }), bucket('one', { DeletionPolicy: is }))
    expect(out).toMatch(/change +Store +AWS::S3::Bucket: DeletionPolicy/)
    expect(out).not.toContain('NOT KEPT')
  })

  it('says it quietly where nothing is lost', async () => {
    expect(await shown({ Resources: {} }, bucket('one'))).toMatch(/add +Store/)
    expect(await shown({ Resources: {} }, bucket('one'))).toContain(
      '1 change; none of them replaces or deletes anything',
    )
    expect(await shown(bucket('one'), bucket('one'))).toContain('nothing to change')
  })

  it('says that a stack is stuck, and what to do, whether something is to change or not', async () => {
    const one = bucket('one')
    const words =
      /^trial-cdn .*\n  UPDATE_ROLLBACK_FAILED: a change failed, .*\n    next +mend the cause, then aws cloud/
    expect(await shown(one, one, 'UPDATE_ROLLBACK_FAILED')).toMatch(words)
    expect(await shown(one, bucket('two'), 'UPDATE_ROLLBACK_FAILED')).toMatch(words)
    expect(await shown({}, one, 'ROLLBACK_COMPLETE')).toContain('edge deploy --target aws makes it anew')
  })

  it('says nothing of the status of a stack that is whole', async () => {
    expect(await shown(bucket('one'), bucket('one'), 'UPDATE_COMPLETE')).not.toMatch(/COMPLETE|next/)
  })

  it('says so where the stack itself changes, and no resource', async () => {
    const [before, after] = ['one', 'two'].map((Value) => ({
      ...bucket('one'),
      Outputs: { Kept: {}, Bucket: { Value } },
    }))
    const out = await shown({ ...before }, { ...after, Description: 'another' })
    expect(out).toMatch(/change +Outputs +Bucket\n +change +Description\n/)
    expect(out).toContain('no resource changes, only what the stack says of itself')
  })

  it('keeps a long name apart from the type behind it, and types under each other', async () => {
    const { Store } = bucket('one').Resources
    const long = 'DistributionOrigin1S3OriginAccessControlEB606076'
    const text = await shown({ Resources: {} }, { Resources: { Store, [long]: Store } })
    const lines = text.split('\n').filter((line) => line.includes('AWS::S3::Bucket'))
    expect(text).toContain(`${long}  AWS::S3::Bucket`)
    expect(new Set(lines.map((line) => line.indexOf('AWS::S3::Bucket'))).size).toBe(1)
    expect(text).toContain('2 changes; none of them replaces or deletes anything')
  })

  const waiting: StackPlan = {
    stack: 'trial-app',
    region: 'eu-west-1',
    before: null,
    after: null,
    waitsFor: ['trial-network'],
    changes: [],
    beside: [],
  }

  it('names the bucket that a large template goes through, as long as there is something to deploy', () => {
    const large: StackPlan = { ...waiting, waitsFor: undefined, after: 'a1b2', bucket: 'trial-templates-0a1b2c3d4e5f' }
    expect(linesOf(large)).toMatch(
      /\n +through +trial-templates-0a1b2c3d4e5f: too large to be sent itself; the bucket is made/,
    )
    expect(linesOf({ ...large, before: 'a1b2' })).not.toContain('through')
  })

  it('says of a stack whose provider is not there that it cannot be shown, and what is known of it', () => {
    const out = linesOf(waiting)
    expect(out).toMatch(/NOT SHOWN +it needs what trial-network answers, which is deployed first\n +all of it is new/)
    expect(out).toContain('\n1 stack NOT SHOWN yet')
    expect(linesOf({ ...waiting, before: 'a1b2' })).toContain('it is not changed then; edge plan --target aws shows')
  })
})

import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Between, letThrough, type Rule } from './ministack/between.ts'
import { denied } from './ministack/interrupt.ts'
import { AwsTrial } from './ministack/trial.ts'

/*
 * Twenty addresses of each kind make templates that CloudFormation does not take as they are: they go through a bucket. The
 * emulator refuses one that is sent itself and is larger than 51,200 bytes, as AWS does.
 */

let trial: AwsTrial
let between: Between
/** What change sets were asked for with, by their stack. */
let changeSets: { readonly stack: string; readonly body: string | null; readonly url: string | null }[] = []
/** Whose bucket S3 was told that it has to be, at each request to the templates' but the one that makes it. */
let owners: unknown[] = []
beforeAll(async () => {
  trial = await AwsTrial.make()
  between = await Between.start(trial.emulator)
  trial.environment = between.environment
  await notify(20)
})
beforeEach(() => {
  between.rule = noting(letThrough)
  between.asked.length = 0
  changeSets = []
  owners = []
})
afterAll(async () => {
  await between.stop()
  await trial.remove()
})

const addresses = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `on-call-${index}@production.example.com`)
const notify = (count: number): Promise<void> =>
  trial.configure(`aws: { notify: ${JSON.stringify({ critical: addresses(count), warning: addresses(count) })} },`)

const isChangeSet = (body: string): boolean => body.includes('Action=CreateChangeSet&')
const noting =
  (rule: Rule): Rule =>
  (asked, emulator) => {
    if (isChangeSet(asked.body)) {
      const fields = new URLSearchParams(asked.body)
      const stack = fields.get('StackName') ?? ''
      changeSets.push({ stack, body: fields.get('TemplateBody'), url: fields.get('TemplateURL') })
    }
    const { method, path, headers } = asked
    const makes = method === 'PUT' && /-templates-\w+\/?$/.test(path)
    if (path.includes('-templates-') && !makes) owners.push(headers['x-amz-expected-bucket-owner'])
    return rule(asked, emulator)
  }
const changed = (): readonly string[] => between.asked.filter((one) => /^(PUT|DELETE) |ChangeSet|DeleteStack/.test(one))

async function buckets(): Promise<readonly string[]> {
  const { Buckets: found = [] } = await trial.s3().send(new ListBucketsCommand({}))
  return found.flatMap(({ Name: name }) => name ?? [])
}
const templates = (): Promise<string> => trial.bucketOf('-templates-')

it('is shown by a plan, which makes nothing', async () => {
  expect(await trial.must('plan', 'cdn')).toMatch(
    /trial-cdn .*\n +through +trial-templates-[0-9a-f]{12}: too large to be sent itself/,
  )
  expect([changed(), await buckets()]).toEqual([[], []])
})

it('leaves a bucket that is deleted by itself, where a deployment is killed before its first change set', async () => {
  let waits = 0
  between.rule = (asked, emulator) => {
    if (!isChangeSet(asked.body)) return emulator()
    waits += 1
    return new Promise(() => undefined)
  }
  const { child, ended } = trial.begin('deploy', 'cdn', '--yes')
  await expect.poll(() => waits, { interval: 20 }).toBe(1)
  child.kill('SIGKILL')
  await ended
  const bucket = await templates()
  expect(await buckets()).toEqual([bucket])
  between.rule = letThrough
  expect(await trial.must('destroy', '--yes')).toContain(`Deleted with the templates in it: ${bucket}`)
  expect(await buckets()).toEqual([])
  const again = await trial.edge('destroy', '--yes')
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is not there')])
})

it('is made for no small one: it is sent itself', async () => {
  await notify(2)
  await trial.must('deploy', 'monitoring', '--yes')
  expect(changeSets).toEqual([{ stack: 'trial-monitoring', body: expect.stringContaining('Resources:'), url: null }])
  expect(await templates()).toBe('')
  await notify(20)
})

it('is deployed through a bucket that is closed', async () => {
  await trial.must('deploy', 'cdn', 'monitoring', '--yes')
  const Bucket = await templates()
  const large = (stack: string) =>
    expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${Bucket}/${stack}/[0-9a-f]{64}\\.yaml$`))
  expect(changeSets.toSorted((one, other) => one.stack.localeCompare(other.stack))).toEqual(
    ['trial-cdn', 'trial-monitoring'].map((stack) => ({ stack, body: null, url: large(stack) })),
  )
  // For each a look, three settings and the template.
  expect(owners).toEqual(Array.from({ length: 10 }, () => '000000000000'))
  const s3 = trial.s3()
  const { Contents: [lies] = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
  const [closed, { Policy: policy = '' }, { Rules: rules }, object] = await Promise.all([
    s3.send(new GetPublicAccessBlockCommand({ Bucket })),
    s3.send(new GetBucketPolicyCommand({ Bucket })),
    s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    s3.send(new HeadObjectCommand({ Bucket, Key: lies?.Key })),
  ])
  expect(closed.PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  })
  expect(JSON.parse(policy).Statement).toMatchObject([
    { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  ])
  expect(rules).toMatchObject([{ Status: 'Enabled', Expiration: { Days: 1 } }])
  expect(object.ServerSideEncryption).toBe('AES256')
})

it('is what CloudFormation has then, and who is called is everybody', async () => {
  const client = new CloudFormationClient(trial.asked)
  const which = { StackName: 'trial-cdn', TemplateStage: 'Original' } as const
  const { TemplateBody: has = '' } = await client.send(new GetTemplateCommand(which))
  expect(Buffer.byteLength(has)).toBeGreaterThan(51_200)
  const sns = new SNSClient(trial.asked)
  for (const topic of ['critical', 'warning', 'site-critical', 'site-warning']) {
    const called: (string | undefined)[] = []
    const TopicArn = `arn:aws:sns:us-east-1:000000000000:trial-${topic}`
    for await (const { Subscriptions: some = [] } of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn }))
      called.push(...some.map(({ Endpoint: endpoint }) => endpoint))
    expect(called.toSorted()).toEqual(addresses(20).toSorted())
  }
})

it('is no change where it is as before', async () => {
  expect(await trial.must('plan', 'cdn')).toContain('nothing to change')
  await trial.must('deploy', 'cdn', 'monitoring', '--yes')
  expect(changed()).toEqual([])
})

it('is not deployed through a bucket that is somebody else’s', async () => {
  await notify(19)
  between.rule = noting(async ({ method, path }, emulator) =>
    method === 'HEAD' && path.includes('-templates-') ? { status: 403, body: '' } : emulator(),
  )
  const ran = await trial.edge('deploy', 'cdn', '--yes')
  expect([ran.code, ran.stderr]).toEqual([
    1,
    expect.stringMatching(/trial-templates-\w+: is no bucket of the account 000000000000 in us-east-1/),
  ])
  expect(changed()).toEqual([])
})

it('is not deployed where S3 refuses it, with what that is needed for', async () => {
  between.rule = noting(async ({ method, path }, emulator) =>
    method === 'PUT' && path.includes('.yaml') ? denied : emulator(),
  )
  const ran = await trial.edge('deploy', 'cdn', '--yes')
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/trial-templates-\w+: AccessDenied: no right to/)])
  expect(ran.stderr).toContain('docs/aws.md names the rights')
  expect(changeSets).toEqual([])
})

it('leaves nothing of it when the last stack of the region is destroyed', async () => {
  const bucket = await templates()
  await trial.must('destroy', 'cdn', '--yes')
  expect(await templates()).toBe(bucket)
  await trial.must('destroy', '--yes')
  expect(await templates()).toBe('')
})

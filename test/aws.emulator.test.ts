import { join } from 'node:path'
import {
  CloudFrontClient,
  CreateFunctionCommand,
  CreateResponseHeadersPolicyCommand,
  GetCachePolicyConfigCommand,
  GetResponseHeadersPolicyConfigCommand,
  UpdateResponseHeadersPolicyCommand,
} from '@aws-sdk/client-cloudfront'
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runEdge } from './instance.ts'
import { deployedStack } from './ministack/deployed-stack.ts'
import { AwsTrial } from './ministack/trial.ts'

let trial: AwsTrial
let plan = ''
beforeAll(async () => {
  trial = await AwsTrial.make()
  plan = join(trial.folder, 'plan.json')
})
afterAll(() => trial.remove())

const withoutApi = `site: { static: 'dist' },`
const deployed = () => deployedStack('trial-cdn', { region: 'us-east-1', endpoint: trial.emulator.address })

/** How long images may really be kept, in seconds. */
async function longestImage(): Promise<number | undefined> {
  const { id, client } = await deployed()
  const cloudFront = new CloudFrontClient(client)
  const { CachePolicyConfig: config } = await cloudFront.send(new GetCachePolicyConfigCommand({ Id: id('Cacheimage') }))
  return config?.MaxTTL
}

/** Renames a policy of the stack by hand, and gives its name to another one: the next change of it is refused. */
async function takeTheNameOf(resource: string): Promise<void> {
  const { id, client } = await deployed()
  const cloudFront = new CloudFrontClient(client)
  const Id = id(resource)
  const { ResponseHeadersPolicyConfig: config, ETag: IfMatch } = await cloudFront.send(
    new GetResponseHeadersPolicyConfigCommand({ Id }),
  )
  const renamed = { ...config, Name: 'renamed' }
  const update = { Id, IfMatch, ResponseHeadersPolicyConfig: renamed }
  await cloudFront.send(new UpdateResponseHeadersPolicyCommand(update))
  const other = { ...config, Name: config?.Name }
  await cloudFront.send(new CreateResponseHeadersPolicyCommand({ ResponseHeadersPolicyConfig: other }))
}

describe('the CDN on AWS, through the emulator', () => {
  it('is planned: in words, with what is there and what is not', async () => {
    const out = await trial.must('plan', '--out', plan)
    expect(out).toContain('trial-cdn   account 000000000000, us-east-1, not there yet')
    expect(out).toMatch(/add +Distribution/)
    expect(out).toContain('none of them replaces or deletes anything')
  })

  it('refuses a plan when the configuration was changed since', async () => {
    await trial.configure(`cdn: { frames: 'SAMEORIGIN' },`)
    const ran = await trial.edge('deploy', 'cdn', plan)
    await trial.configure('')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('the configuration was changed since')])
    expect(ran.stderr).toContain('nothing was deployed')
  })

  it('is deployed as it was planned', async () => {
    const host = await trial.deploy(plan)
    expect(host).toMatch(/\.cloudfront\.net$/)
    expect(await trial.must('plan')).toContain('nothing to change')
    // Of all that there is on AWS the CDN alone is deployed here, and that is not all well.
    const { code, stdout: out } = await trial.edge('status')
    expect(code).toBe(1)
    expect(out).toMatch(/✗ trial-database +us-east-1 +not there: edge deploy/)
    expect(out).toMatch(/✓ trial-cdn +us-east-1 +CREATE_COMPLETE/)
    expect(out).toContain(`site        https://${host}`)
  })

  it('is deployed where only an output is missing, which no resource tells', async () => {
    await trial.withoutOutput('DistributionId')
    const ran = await trial.edge('releases')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('trial-cdn: has no output DistributionId')])
    expect(await trial.must('plan')).toMatch(/change +Outputs +DistributionId\n\nno resource changes/)
    await trial.must('deploy', 'cdn', '--yes')
    expect(await trial.must('plan')).toContain('nothing to change')
    expect(await trial.must('releases')).toContain('nothing was published')
  })

  it('refuses a plan that something was deployed after', async () => {
    const ran = await trial.edge('deploy', 'cdn', plan)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('something else was deployed since')])
  })

  it('is changed, and says what: what is deleted, so that nobody reads over it', async () => {
    await trial.configure(withoutApi)
    const out = await trial.must('plan')
    expect(out).toMatch(/DELETE +ApiHeaders\w*/)
    expect(out).toMatch(/DELETE +ApiRequest\w*/)
    expect(out).toMatch(/change +Distribution\w*/)
    expect(out).toContain('2 of them REPLACE OR DELETE something')
    await trial.must('deploy', 'cdn', '--yes')
  })

  it('is as it was before, and says so, where a planned change fails half-way', async () => {
    await takeTheNameOf('StaticHeaders')
    await trial.configure(`${withoutApi} cdn: { frames: 'SAMEORIGIN', cache: { images: '8 days' } },`)
    const planned = await trial.must('plan', '--out', plan)
    expect(planned).toMatch(/change +Cacheimage/)
    const ran = await trial.edge('deploy', 'cdn', plan)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: it was not deployed. StaticHeaders')])
    expect(ran.stderr).toContain('trial-cdn: UPDATE_ROLLBACK_COMPLETE; what was there before is there again')
    expect(await longestImage()).toBe(7 * 86_400)
    await trial.configure(withoutApi)
    expect(await trial.must('plan')).toContain('nothing to change')
  })

  it('is as it was before, and says so, where the very first deployment fails', async () => {
    const FunctionCode = Buffer.from('function handler(event) { return event.request }')
    const FunctionConfig = { Comment: 'of somebody else', Runtime: 'cloudfront-js-2.0' } as const
    const command = new CreateFunctionCommand({ Name: 'other-viewer-request', FunctionCode, FunctionConfig })
    await trial.cloudFront().send(command)
    await trial.configure('', 'other')
    const ran = await trial.edge('deploy', 'cdn', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: it was not deployed. ViewerRequest')])
    expect(ran.stderr).toContain('other-cdn: is not there; what was there before is there again')
    expect(await trial.bucketOf('other')).toBe('')
    expect(await trial.must('destroy', '--yes')).toContain('This deletes the stack other-cdn')
    const again = await trial.edge('destroy', '--yes')
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('other-cdn: is not there')])
    await trial.configure(withoutApi)
  })

  it('finds what a hand changed', async () => {
    const Bucket = await trial.bucketOf('store')
    const VersioningConfiguration = { Status: 'Suspended' } as const
    await trial.s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    expect(await trial.must('plan', '--drift')).toMatch(/changed by hand +Store\w+: \/VersioningConfiguration/)
  })

  it('is destroyed with a bucket that is named, and names the one that stays', async () => {
    const [store, logs] = [await trial.bucketOf('store'), await trial.bucketOf('accesslogs')]
    const other = await trial.edge('destroy', '--yes', '--bucket', 'somebody-elses')
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--bucket: "somebody-elses" is unknown')])
    const out = await trial.must('destroy', '--yes', '--bucket', store)
    expect(out).toContain(`Deleted with every version of what is in it: ${store}\nLeft, with what is in them: ${logs}`)
    expect([await trial.bucketOf('store'), await trial.bucketOf('accesslogs')]).toEqual(['', logs])
    const ran = await trial.edge('releases')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('trial-cdn: is not deployed')])
  })
})

describe('what stops edge before anything is done on AWS', () => {
  it.each([
    [
      'an account that these credentials are not of',
      `aws: { account: '123456789012' },`,
      'these credentials are of 000000000000',
    ],
    [
      'a certificate that CloudFront cannot take',
      `aws: { certificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/a' },`,
      'must be the ARN of a certificate in us-east-1',
    ],
    [
      'a region that has no such name',
      `aws: { region: 'Frankfurt' },`,
      "aws.region   must be the name of a region (got 'Frankfurt')",
    ],
    [
      'a certificate without the name that it is made out to',
      `aws: { certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/a' },`,
      'serve.domain   must be the name that aws.certificate is made out to',
    ],
    [
      'an API that would run here',
      `site: { static: 'dist', api: { command: ['node', 'server.js'] } },`,
      'on AWS the API runs elsewhere for now',
    ],
  ])('is %s', async (_, change, says) => {
    await trial.configure(change)
    const ran = await trial.edge('plan')
    await trial.configure('')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it('is a target that there is not', async () => {
    const ran = await trial.edge('plan', '--target', 'azure')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('must be local or aws (got azure)')])
  })

  it('is that nobody says who is asking', async () => {
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' }
    const ran = await runEdge(['plan', '--config', join(trial.folder, 'production.config.ts')], {
      env: { ...trial.emulator.environment, ...nobody, HOME: trial.folder },
    })
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('finds no credentials')])
  })
})

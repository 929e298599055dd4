import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CloudFrontClient,
  type DistributionConfig,
  GetCachePolicyConfigCommand,
  GetDistributionConfigCommand,
  GetOriginAccessControlConfigCommand,
  UpdateCachePolicyCommand,
  UpdateDistributionCommand,
  UpdateOriginAccessControlCommand,
} from '@aws-sdk/client-cloudfront'
import {
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cdnProofs, provenSite } from '../infrastructure/cdn/aws/proofs.ts'
import { siteProofs } from '../infrastructure/cdn/aws/proofs-site.ts'
import { cdnSettings } from '../infrastructure/cdn/settings.ts'
import { duration } from '../src/core/units.ts'
import { amissIn, declaredBy } from '../src/targets/aws/declared.ts'
import type { DeployedStack } from '../src/targets/aws/deployed-stack.ts'
import { runEdge } from './instance.ts'
import { deployedStack } from './ministack/deployed-stack.ts'
import { Between, type Rule } from './ministack/between.ts'
import { MiniStack } from './ministack/ministack.ts'
import { testWorld } from './world.ts'

let emulator: MiniStack
let between: Between
let folder = ''
let deployed: DeployedStack
beforeAll(async () => {
  emulator = await MiniStack.start()
  between = await Between.start(emulator)
  between.rule = withWhatIsNamed
  folder = await mkdtemp(join(tmpdir(), 'edge-proofs-'))
  const { domain, certificate, api, called } = provenSite
  const configuration = {
    name: 'trial',
    target: 'aws',
    serve: { domain },
    aws: { certificate, notify: called },
    site: { static: 'dist', api: { url: api, health: '/api/health' } },
  }
  await writeFile(join(folder, 'production.config.ts'), `export default ${JSON.stringify(configuration)}\n`)
  await must('deploy', 'cdn', '--yes')
  deployed = await deployedStack('trial-cdn', { region: 'us-east-1', endpoint: emulator.address })
})
afterAll(async () => {
  await between.stop()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The emulator chooses the ARNs of certificates and secrets itself: of those that are configured, the answers are ours. */
const withWhatIsNamed: Rule = async ({ body }, answered) => {
  const { certificate, domain, called } = provenSite
  if (body.includes(`"CertificateArn":"${certificate}"`)) {
    const Certificate = { Status: 'ISSUED', SubjectAlternativeNames: [domain] }
    return { status: 200, body: JSON.stringify({ Certificate }) }
  }
  if (body.includes(`"SecretId":"${called.webhookSecret}"`))
    return { status: 200, body: JSON.stringify({ ARN: called.webhookSecret }) }
  return answered()
}

async function must(verb: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runEdge([verb, '--config', join(folder, 'production.config.ts'), ...args], {
    env: between.environment,
  })
  if (code !== 0) throw new Error(`edge ${verb} ended with ${code}\n${stderr}`)
}

describe('the deployed CDN, read back from the emulator', () => {
  const readBack = cdnProofs.flatMap((proof) => (proof.by === 'template' ? [] : [proof]))
  it.each(readBack.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', async (_type, _says, proof) => {
    expect(await proof.readBack(deployed)).toEqual(proof.is)
  })

  const gaps = cdnProofs.flatMap((proof) =>
    proof.by === 'template' && proof.gap ? [{ ...proof, gap: proof.gap }] : [],
  )
  it.each(gaps.map((proof) => [proof.because, proof.gap] as const))('has the known gap: %s', async (_because, gap) => {
    expect(await gap.readBack(deployed)).toEqual(gap.is)
  })
})

describe('what a hand changed of the deployed CDN', () => {
  const { domain, certificate, api } = provenSite
  const proofs = siteProofs({
    name: 'trial',
    account: '000000000000',
    settings: cdnSettings.parse({}),
    own: { domain, certificate },
    api: { url: new URL(api), timeout: duration('60 seconds') },
  })
  /** The stack as it is at that moment: of one look CloudFront is asked once. */
  const stack = async () => ({
    deployed: await deployedStack('trial-cdn', { region: 'us-east-1', endpoint: emulator.address }),
    proofs,
    component: 'cdn',
  })
  async function judged(guarantee: string): Promise<string> {
    const { world } = testWorld({ env: between.environment })
    const found = await declaredBy(guarantee)(await stack(), world)
    return 'because' in found ? found.because : found.is
  }
  const amiss = async () => amissIn(await stack(), testWorld({ env: between.environment }).world)

  const cloudFront = () => new CloudFrontClient(deployed.client)
  const s3 = () => new S3Client({ ...deployed.client, forcePathStyle: true })
  type Undo = () => Promise<unknown>

  async function distribution(edit: (was: DistributionConfig) => DistributionConfig): Promise<Undo> {
    const Id = deployed.id('Distribution')
    const put = async (change: (was: DistributionConfig) => DistributionConfig) => {
      const { DistributionConfig: was, ETag: IfMatch } = await cloudFront().send(
        new GetDistributionConfigCommand({ Id }),
      )
      if (was === undefined) throw new Error('there is no distribution')
      await cloudFront().send(new UpdateDistributionCommand({ Id, IfMatch, DistributionConfig: change(was) }))
      return was
    }
    const was = await put(edit)
    return () => put(() => was)
  }
  const behaviour = (index: number, change: object) =>
    distribution((was) => ({
      ...was,
      CacheBehaviors: {
        Quantity: was.CacheBehaviors?.Quantity,
        Items: was.CacheBehaviors?.Items?.map((one, at) => (at === index ? { ...one, ...change } : one)),
      },
    }))
  const origins = (change: object) =>
    distribution((was) => ({
      ...was,
      Origins: {
        Quantity: was.Origins?.Quantity,
        // Of the API nobody asks for the shield.
        Items: was.Origins?.Items?.map((one) => (one.S3OriginConfig ? { ...one, ...change } : one)),
      },
    }))

  async function policy(edit: (statements: readonly unknown[]) => readonly unknown[]): Promise<Undo> {
    const Bucket = deployed.id('Store')
    const { Policy = '' } = await s3().send(new GetBucketPolicyCommand({ Bucket }))
    const was: { readonly Statement: readonly unknown[] } = JSON.parse(Policy)
    const put = (Statement: readonly unknown[]) =>
      s3().send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ ...was, Statement }) }))
    await put(edit(was.Statement))
    return () => put(was.Statement)
  }

  async function withoutPolicy(): Promise<Undo> {
    const undo = await policy((was) => was)
    await s3().send(new DeleteBucketPolicyCommand({ Bucket: deployed.id('Store') }))
    return undo
  }

  async function open(): Promise<Undo> {
    const Bucket = deployed.id('Store')
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
    await s3().send(new DeletePublicAccessBlockCommand({ Bucket }))
    return () => s3().send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: all }))
  }

  async function unsigned(): Promise<Undo> {
    const Id = deployed.id('DistributionOrigin1S3OriginAccessControl')
    const put = async (SigningBehavior: 'always' | 'never') => {
      const { OriginAccessControlConfig: was, ETag: IfMatch } = await cloudFront().send(
        new GetOriginAccessControlConfigCommand({ Id }),
      )
      if (was === undefined) throw new Error('there is no access control')
      const OriginAccessControlConfig = { ...was, SigningBehavior }
      await cloudFront().send(new UpdateOriginAccessControlCommand({ Id, IfMatch, OriginAccessControlConfig }))
    }
    await put('never')
    return () => put('always')
  }

  async function keptForAMinute(): Promise<Undo> {
    const Id = deployed.id('Cachehashed')
    const put = async (MaxTTL: number | undefined) => {
      const { CachePolicyConfig: was, ETag: IfMatch } = await cloudFront().send(new GetCachePolicyConfigCommand({ Id }))
      if (was === undefined) throw new Error('there is no cache policy')
      await cloudFront().send(new UpdateCachePolicyCommand({ Id, IfMatch, CachePolicyConfig: { ...was, MaxTTL } }))
      return was.MaxTTL
    }
    const was = await put(60)
    return () => put(was)
  }

  const another = {
    Effect: 'Allow',
    Principal: { AWS: '123456789012' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::*',
  }
  const everyDistribution = (one: unknown): unknown =>
    Object(one).Effect === 'Allow' ? { ...Object(one), Condition: undefined } : one
  const atTheEdge = {
    EventType: 'viewer-request',
    LambdaFunctionARN: 'arn:aws:lambda:us-east-1:1:function:any:1',
  } as const

  it.each([
    ['originPrivate', 'another account reads the store', () => policy((was) => [...was, another]), 'may be read by'],
    ['originPrivate', 'every distribution does', () => policy((was) => was.map(everyDistribution)), 'may be read by'],
    ['originPrivate', 'its policy is gone', withoutPolicy, 'without TLS'],
    ['originPrivate', 'it may be opened to the public', open, 'closed to the public'],
    ['originPrivate', 'requests for it are not signed', unsigned, 'signed for the store'],
    ['originShield', 'there is no shield', () => origins({ OriginShield: { Enabled: false } }), 'shield'],
    [
      'https',
      'TLS 1.0 is enough',
      () =>
        distribution((was) => ({
          ...was,
          ViewerCertificate: { ...was.ViewerCertificate, MinimumProtocolVersion: 'TLSv1' },
        })),
      'least TLS',
    ],
    ['https', 'pictures are sent unencrypted', () => behaviour(5, { ViewerProtocolPolicy: 'allow-all' }), 'plain HTTP'],
    [
      'apiUncached',
      'the API is kept',
      () => behaviour(0, { CachePolicyId: deployed.id('Cachehashed') }),
      'first behaviours',
    ],
    ['staticCaching', 'scripts are kept for a minute', keptForAMinute, 'cache policy of files with a hash'],
    [
      'spaRouting',
      'something else runs at the edge',
      () => behaviour(5, { LambdaFunctionAssociations: { Quantity: 1, Items: [atTheEdge] } }),
      'functions by path',
    ],
    [
      'worldwide',
      'some places answer',
      () => distribution((was) => ({ ...was, PriceClass: 'PriceClass_100' })),
      'places',
    ],
    [
      'worldwide',
      'a country is refused',
      () =>
        distribution((was) => ({
          ...was,
          Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Quantity: 1, Items: ['FR'] } },
        })),
      'refused by country',
    ],
  ] as const)('breaks cdn.%s where %s, until it is put back', async (guarantee, _words, change, fact) => {
    expect(await judged(guarantee)).toBe('kept')
    const undo = await change()
    try {
      expect(await judged(guarantee)).toContain(fact)
    } finally {
      await undo()
    }
    expect(await judged(guarantee)).toBe('kept')
  })

  it('is said beside the guarantees where none stands on it', async () => {
    const Bucket = deployed.id('Store')
    const versions = (Status: 'Enabled' | 'Suspended') =>
      s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
    expect(await amiss()).toEqual([])
    await versions('Suspended')
    expect(await amiss()).toEqual([
      expect.stringContaining(
        'the store: earlier versions is Suspended, and has to be Enabled; edge plan cdn --target',
      ),
    ])
    await versions('Enabled')
  })

  it('is said by edge verify, of one guarantee and of the whole room', async () => {
    const undo = await distribution((was) => ({ ...was, PriceClass: 'PriceClass_100', HttpVersion: 'http2' }))
    const verify = (what: string) =>
      runEdge(['verify', what, '--config', join(folder, 'production.config.ts')], { env: between.environment })
    const one = await verify('cdn.worldwide')
    expect([one.code, one.stdout]).toEqual([
      1,
      expect.stringContaining('places is PriceClass_100, and has to be PriceClass_All'),
    ])
    const { stdout } = await verify('cdn')
    expect(stdout).toContain('otherwise than it should be: HTTP is http2, and has to be http2and3')
    await undo()
    expect((await verify('cdn.worldwide')).code).toBe(0)
  })
})

describe('the buckets of the CDN', () => {
  it('stay when it is destroyed', async () => {
    await must('destroy', '--yes')
    const s3 = new S3Client({ ...deployed.client, forcePathStyle: true })
    for (const bucket of ['Store', 'AccessLogs']) {
      const answer = await s3.send(new HeadBucketCommand({ Bucket: deployed.id(bucket) }))
      expect(answer.$metadata.httpStatusCode).toBe(200)
    }
  })
})

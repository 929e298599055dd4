import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CloudFrontClient, CreateFunctionCommand } from '@aws-sdk/client-cloudfront'
import {
  GetBucketPolicyCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, ask, connections } from '../infrastructure/cdn/fetch.ts'
import { runEdge } from './instance.ts'
import { MiniStack } from './ministack/ministack.ts'

const project = resolve(import.meta.dirname, '..')

let emulator: MiniStack
let folder = ''
let host = ''
const visitors = connections(4, { connectTo: '127.0.0.1' })
beforeAll(async () => {
  emulator = await MiniStack.start()
  folder = await mkdtemp(join(tmpdir(), 'edge-aws-test-'))
  await configure('')
  await build(1)
})
afterAll(async () => {
  visitors.close()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

const configure = (change: string, name = 'trial'): Promise<void> =>
  writeFile(
    join(folder, 'production.config.ts'),
    `export default {
  name: '${name}',
  target: 'aws',
  site: { static: 'dist', api: { url: 'https://api.example.com', health: '/api/health' } },
  ${change}
}
`,
  )

async function build(version: number): Promise<void> {
  const dist = join(folder, 'dist')
  await rm(dist, { recursive: true, force: true })
  await mkdir(join(dist, 'assets'), { recursive: true })
  const script = `/assets/app-${version}A2b3C4d5.js`
  await writeFile(
    join(dist, 'index.html'),
    `<title>version ${version}</title><script type="module" src="${script}"></script>`,
  )
  await writeFile(join(dist, script), `export const version = ${version}\n`.repeat(100))
  await copyFile(join(project, 'LICENSE'), join(dist, 'robots.txt'))
}

const edge = (...args: string[]) =>
  runEdge([...args.slice(0, 1), '--config', join(folder, 'production.config.ts'), ...args.slice(1)], {
    env: emulator.environment,
  })

async function must(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await edge(...args)
  if (code !== 0) throw new Error(`edge ${args.join(' ')} ended with ${code}\n${stderr}\n${stdout}`)
  return stdout
}

describe('a site on AWS, through the emulator', () => {
  it('is planned: in words, with what is there and what is not', async () => {
    const out = await must('plan', '--out', join(folder, 'plan.json'))
    expect(out).toContain('trial-cdn   account 000000000000, us-east-1, not there yet')
    expect(out).toMatch(/add +Distribution/)
    expect(out).toContain('none of them replaces or deletes anything')
  })

  it('is deployed as it was planned', async () => {
    const { address } = JSON.parse(await must('deploy', 'cdn', join(folder, 'plan.json'), '--json'))
    host = new URL(address).hostname
    expect(host).toMatch(/\.cloudfront\.net$/)
    await allowPlainRequests()
    expect(await must('plan')).toContain('nothing to change')
  })

  it('refuses a plan that something was deployed after', async () => {
    const ran = await edge('deploy', 'cdn', join(folder, 'plan.json'))
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('something else was deployed since')])
  })

  it('is published to, and rolled back', async () => {
    const first = JSON.parse(await must('publish', join(folder, 'dist'), '--json'))
    expect(first).toMatchObject({ is: 'live', written: { files: 3 } })
    expect(JSON.parse(await must('publish', join(folder, 'dist'), '--json'))).toMatchObject({ is: 'unchanged' })
    await build(2)
    expect(JSON.parse(await must('publish', join(folder, 'dist'), '--json')).flip).toMatchObject({
      before: first.release.id,
    })
    expect(await page()).toContain('version 2')
    await must('rollback')
    expect(await page()).toContain('version 1')
    const { live, releases } = JSON.parse(await must('releases', '--json'))
    expect([live, releases.length]).toEqual([first.release.id, 2])
  })

  it('keeps the chunks of both releases', async () => {
    for (const version of [1, 2]) expect((await get(`/assets/app-${version}A2b3C4d5.js`)).status).toBe(200)
  })

  it('answers by the same rule as nginx: the app for a navigation, no page for a missing file, nothing hidden', async () => {
    const navigation = { 'sec-fetch-mode': 'navigate' }
    expect((await get('/some/deep/link', navigation)).status).toBe(200)
    // The emulator's S3 answers 403 for whatever is missing; that CloudFront may list, which makes it a 404, is proven on
    // the template (stack.test.ts). A newer emulator that knows this fails here.
    expect((await get('/assets/gone-0a1b2c3d.js', navigation)).status).toBe(403)
    expect((await get('/.edge/live.json')).status).toBe(404)
  })

  it('is changed, and says what', async () => {
    await configure(`cdn: { frames: 'SAMEORIGIN' },`)
    expect(await must('plan')).toMatch(/change +StaticHeaders\w*/)
    await must('deploy', 'cdn', '--yes')
    expect(await must('plan')).toContain('nothing to change')
  })

  it('finds what a hand changed', async () => {
    const Bucket = await bucketOf('store')
    await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))
    expect(await must('plan', '--drift')).toMatch(/changed by hand +Store\w+: \/VersioningConfiguration/)
  })

  it('is as it was before, and says so, where a deployment fails', async () => {
    const FunctionCode = Buffer.from('function handler(event) { return event.request }')
    const FunctionConfig = { Comment: 'of somebody else', Runtime: 'cloudfront-js-2.0' } as const
    await cloudFront().send(new CreateFunctionCommand({ Name: 'other-viewer-request', FunctionCode, FunctionConfig }))
    await configure('', 'other')
    const ran = await edge('deploy', 'cdn', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('aws: it was not deployed. ViewerRequest')])
    expect(ran.stderr).toContain('other-cdn: is not there; what was there before is there again')
    await configure('')
  })

  it('is destroyed, and names the buckets that stay', async () => {
    const out = await must('destroy', '--yes')
    expect(out).toMatch(/Left, with what is in them: \S+/)
    const ran = await edge('releases')
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
      'an API that would run here',
      `site: { static: 'dist', api: { command: ['node', 'server.js'] } },`,
      'on AWS the API runs elsewhere for now',
    ],
  ])('is %s', async (_, change, says) => {
    await configure(change)
    const ran = await edge('plan')
    await configure('')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it('is a target that there is not', async () => {
    const ran = await edge('plan', '--target', 'azure')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('must be local or aws (got azure)')])
  })

  it('is that nobody says who is asking', async () => {
    const environment = { ...emulator.environment, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', HOME: folder }
    const ran = await runEdge(['plan', '--config', join(folder, 'production.config.ts')], {
      env: { ...environment, AWS_EC2_METADATA_DISABLED: 'true' },
    })
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('AWS_PROFILE or AWS_ACCESS_KEY_ID')])
  })
})

/** As the SDK asks the emulator. */
const asked = () => ({
  region: 'us-east-1',
  endpoint: emulator.environment['AWS_ENDPOINT_URL'] ?? '',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
const s3 = (): S3Client => new S3Client({ ...asked(), forcePathStyle: true })
const cloudFront = (): CloudFrontClient => new CloudFrontClient(asked())

async function bucketOf(what: string): Promise<string> {
  const { Buckets: buckets = [] } = await s3().send(new ListBucketsCommand({}))
  return buckets.find(({ Name: name }) => name?.includes(what))?.Name ?? ''
}

/** The emulator's CloudFront asks its own buckets without TLS, which ours refuse: for this test alone they do not. */
async function allowPlainRequests(): Promise<void> {
  const Bucket = await bucketOf('store')
  const { Policy = '{}' } = await s3().send(new GetBucketPolicyCommand({ Bucket }))
  const policy: { Statement: readonly { Effect: string }[] } = JSON.parse(Policy)
  const Statement = policy.Statement.filter(({ Effect }) => Effect !== 'Deny')
  await s3().send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ ...policy, Statement }) }))
}

/** Asks the emulator's CloudFront, as a visitor does. */
function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  // The emulator has no TLS of its own; this is how it is told that the visitor has.
  return ask(`http://${host}:${emulator.port}${path}`, visitors, {
    headers: { ...headers, 'x-forwarded-proto': 'https' },
  })
}
const page = async (): Promise<string> => (await get('/')).body.toString()

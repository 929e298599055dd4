import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CloudFormationClient,
  GetTemplateCommand,
  UpdateStackCommand,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { GetBucketPolicyCommand, ListBucketsCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { parse } from 'yaml'
import { type Answer, ask, connections } from '../../infrastructure/cdn/fetch.ts'
import { clientOf } from '../emulator-client.ts'
import { type EdgeRun, project, runEdge } from '../instance.ts'
import { MiniStack } from './ministack.ts'

/** A site called `trial` on an emulator of its own, that is worked on through `edge`. */
export class AwsTrial {
  readonly emulator: MiniStack
  readonly folder: string
  readonly dist: string
  /** What `edge` is told of AWS: the emulator, or what stands before it. */
  environment: Readonly<Record<string, string>>
  private readonly visitors = connections(4, { connectTo: '127.0.0.1' })

  private constructor(emulator: MiniStack, folder: string) {
    this.emulator = emulator
    this.folder = folder
    this.dist = join(folder, 'dist')
    this.environment = emulator.environment
  }

  static async make(): Promise<AwsTrial> {
    const trial = new AwsTrial(await MiniStack.start(), await mkdtemp(join(tmpdir(), 'edge-aws-test-')))
    await trial.configure('')
    await trial.build(1)
    return trial
  }

  async remove(): Promise<void> {
    this.visitors.close()
    await this.emulator.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  configure(change: string, name = 'trial'): Promise<void> {
    return writeFile(
      this.#file,
      `export default {
  name: '${name}',
  target: 'aws',
  site: { static: 'dist', api: { url: 'https://api.example.com', health: '/api/health' } },
  ${change}
}
`,
    )
  }

  /** Builds a version of the site; with so many pictures that have no hash in their names. */
  async build(version: number, pictures = 0): Promise<void> {
    await rm(this.dist, { recursive: true, force: true })
    await mkdir(join(this.dist, 'assets'), { recursive: true })
    const script = `/assets/app-${version}A2b3C4d5.js`
    await writeFile(
      join(this.dist, 'index.html'),
      `<title>version ${version}</title><script type="module" src="${script}"></script>`,
    )
    await writeFile(join(this.dist, script), `export const version = ${version}\n`.repeat(100))
    await copyFile(join(project, 'LICENSE'), join(this.dist, 'robots.txt'))
    for (let picture = 0; picture < pictures; picture += 1)
      await writeFile(join(this.dist, `picture-${picture}.png`), `${version} ${picture}`.repeat(1000))
  }

  /** Runs a verb as an operator would. */
  edge(...args: string[]): Promise<EdgeRun> {
    return runEdge(this.words(args), { env: this.environment })
  }

  /** Runs a verb that must end with 0, and answers what it says. */
  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.edge(...args)
    if (code !== 0) throw new Error(`edge ${args.join(' ')} ended with ${code}\n${stderr}\n${stdout}`)
    return stdout
  }

  /** Begins a verb that the test ends, or waits for; `said` is what it has said of errors. */
  begin(...args: string[]): {
    readonly child: ChildProcess
    readonly ended: Promise<unknown[]>
    readonly said: () => string
  } {
    const child = spawn(join(project, 'edge'), this.words(args), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...this.environment },
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    return { child, ended: once(child, 'close'), said: () => said }
  }

  words([verb = '', ...rest]: readonly string[]): readonly string[] {
    // The site alone: what else there is on AWS has tests of its own.
    const isAll = verb === 'plan' && !rest.includes('cdn')
    return [verb, '--config', this.#file, ...(isAll ? ['cdn'] : []), ...rest]
  }
  get #file(): string {
    return join(this.folder, 'production.config.ts')
  }

  s3(): S3Client {
    return new S3Client({ ...this.asked, forcePathStyle: true })
  }
  cloudFront(): CloudFrontClient {
    return new CloudFrontClient(this.asked)
  }
  get asked() {
    return clientOf(this.emulator.address)
  }

  async bucketOf(what: string): Promise<string> {
    const { Buckets: buckets = [] } = await this.s3().send(new ListBucketsCommand({}))
    return buckets.find(({ Name: name }) => name?.includes(what))?.Name ?? ''
  }

  /** Deploys the site, and lets the emulator's CloudFront read it; answers its host. */
  async deploy(...args: string[]): Promise<string> {
    const { address } = JSON.parse(await this.must('deploy', 'cdn', '--json', ...args))
    await this.#allowPlainRequests()
    return new URL(address).hostname
  }

  /** Has the stack as an older version of edge deployed it: without one of its outputs. */
  async withoutOutput(name: string): Promise<void> {
    const client = new CloudFormationClient(this.asked)
    const StackName = 'trial-cdn'
    const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }))
    const template: { Outputs: Record<string, unknown> } = parse(TemplateBody)
    delete template.Outputs[name]
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }))
    await waitUntilStackUpdateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName })
  }

  /** The emulator's CloudFront asks its own buckets without TLS, which ours refuse: for the tests alone they do not. */
  async #allowPlainRequests(): Promise<void> {
    const Bucket = await this.bucketOf('store')
    const { Policy = '{}' } = await this.s3().send(new GetBucketPolicyCommand({ Bucket }))
    const policy: { Statement: readonly { Effect: string }[] } = JSON.parse(Policy)
    const Statement = policy.Statement.filter(({ Effect }) => Effect !== 'Deny')
    await this.s3().send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ ...policy, Statement }) }))
  }

  /** Asks the emulator's CloudFront, as a visitor does. */
  get(host: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    // The emulator has no TLS of its own; this is how it is told that the visitor has.
    return ask(`http://${host}:${this.emulator.port}${path}`, this.visitors, {
      headers: { ...headers, 'x-forwarded-proto': 'https' },
    })
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ConfirmSubscriptionCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { project, runEdge } from './instance.ts'
import { listen } from './listen.ts'
import { Between } from './ministack/between.ts'
import { MiniStack } from './ministack/ministack.ts'

// What the stack carries has no types; it is called with what the stack's rule lets through.
const { handler } = createRequire(import.meta.url)(
  join(project, 'infrastructure/backup/aws/bundled/validate-restore.cjs'),
) as { readonly handler: (event: object) => Promise<unknown> }

type Got = { readonly Type: string; readonly TopicArn: string; readonly Token?: string; readonly Message: string }

let emulator: MiniStack
let between: Between
let folder = ''
/** The far end: what has come to somebody who is told, by the path of the topic. */
const letters: { readonly topic: string; readonly says: string }[] = []
let confirmed = 0
const mailbox = createServer(async (request, response) => {
  const got: Got = JSON.parse(await text(request))
  if (got.Type === 'SubscriptionConfirmation') {
    await new SNSClient({}).send(new ConfirmSubscriptionCommand({ TopicArn: got.TopicArn, Token: got.Token }))
    confirmed += 1
  } else letters.push({ topic: request.url ?? '', says: got.Message })
  response.end()
})
/** What AWS Backup describes: the emulator restores nothing for a test. */
let job = {}

beforeAll(async () => {
  emulator = await MiniStack.start()
  between = await Between.start(emulator)
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  vi.stubEnv('NAMESPACE', 'edge/Backup')
  vi.stubEnv('INSTANCE', 'trial')
  between.rule = async ({ method, path }, answered) => {
    if (!path.startsWith('/restore-jobs/')) return answered()
    return method === 'GET' ? { status: 200, body: JSON.stringify(job) } : { status: 204, body: '' }
  }
  folder = await mkdtemp(join(tmpdir(), 'edge-letters-'))
  const file = join(folder, 'production.config.ts')
  const configuration = { name: 'trial', target: 'aws', site: { static: 'dist' } }
  await writeFile(file, `export default ${JSON.stringify(configuration)}\n`)
  const { code, stderr } = await runEdge(['deploy', 'monitoring', '--yes', '--config', file], {
    env: emulator.environment,
  })
  if (code !== 0) throw new Error(stderr)
  const port = await listen(mailbox)
  for (const topic of ['critical', 'warning'])
    await new SNSClient({}).send(
      new SubscribeCommand({
        TopicArn: `arn:aws:sns:us-east-1:000000000000:trial-${topic}`,
        Protocol: 'http',
        Endpoint: `http://127.0.0.1:${port}/${topic}`,
      }),
    )
  await vi.waitUntil(() => confirmed === 2)
  const s3 = new S3Client({ forcePathStyle: true })
  for (const Bucket of ['live', 'copy']) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }))
  }
}, 120_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  mailbox.close()
  await between.stop()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

/** As AWS Backup describes a bucket that was restored for a test. */
const restored = (copy: string) => ({
  ResourceType: 'S3',
  CreatedResourceArn: `arn:aws:s3:::${copy}`,
  SourceResourceArn: 'arn:aws:s3:::live',
  CreationDate: Date.now() / 1000,
  RecoveryPointCreationDate: Date.now() / 1000 + 2,
})

it.each([
  ['good', 'copy', 'warning', 'A restore test brought back what is good'],
  ['not good', 'none', 'critical', 'What a restore test brought back is not good'],
])('a result that is %s comes to whoever is told of it, and to nobody else', async (_what, copy, topic, says) => {
  letters.length = 0
  job = restored(copy)
  await handler({ detail: { restoreJobId: 'job-1' } })
  await expect.poll(() => letters).toEqual([{ topic: `/${topic}`, says: expect.stringContaining(says) }])
  expect(letters[0]?.says).toContain('S3')
})

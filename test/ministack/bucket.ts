import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { vi } from 'vitest'
import { Between } from './between.ts'
import { MiniStack } from './ministack.ts'

/** An emulator with a bucket called `site`, which everything here that speaks to AWS speaks to until `stop`. */
export async function emulatedBucket(): Promise<{ readonly between: Between; readonly stop: () => Promise<void> }> {
  const emulator = await MiniStack.start()
  const between = await Between.start(emulator)
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  const client = new S3Client({ region: 'us-east-1', forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'site' }))
  client.destroy()
  const stop = async (): Promise<void> => {
    vi.unstubAllEnvs()
    await between.stop()
    await emulator.stop()
  }
  return { between, stop }
}

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { json } from 'node:stream/consumers'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { listen } from '../../../test/listen.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'

type Letter = { readonly Subject?: string; readonly Message: string }
// What the stack carries has no types; it is called with what SNS hands to a function.
const { handler } = createRequire(import.meta.url)('./bundled/webhook.cjs') as {
  readonly handler: (event: { readonly Records: readonly { readonly Sns: Letter }[] }) => Promise<void>
}

let emulator: MiniStack
const got: unknown[] = []
let status = 200
const webhook = createServer(async (request, response) => {
  got.push(await json(request))
  response.writeHead(status).end()
})
beforeAll(async () => {
  emulator = await MiniStack.start()
  for (const [name, value] of Object.entries(emulator.environment)) vi.stubEnv(name, value)
  const address = `http://127.0.0.1:${await listen(webhook)}/services/T0/B0/secret`
  const made = await new SecretsManagerClient({}).send(
    new CreateSecretCommand({ Name: 'slack', SecretString: address }),
  )
  vi.stubEnv('SECRET', made.ARN)
  vi.stubEnv('SECRET_REGION', 'us-east-1')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  webhook.close().closeAllConnections()
  await emulator.stop()
})
beforeEach(() => {
  got.length = 0
  status = 200
})

const tell = (...letters: readonly Letter[]) => handler({ Records: letters.map((Sns) => ({ Sns })) })

it('passes on what CloudWatch says of an alarm in words, and all else as it is', async () => {
  const alarm = {
    AlarmName: 'trial-database-critical',
    AlarmDescription: 'Something critical rings.',
    NewStateReason: 'why',
  }
  await tell(
    { Message: JSON.stringify({ ...alarm, NewStateValue: 'ALARM' }) },
    { Message: JSON.stringify({ ...alarm, NewStateValue: 'OK' }) },
    { Subject: 'still rings', Message: 'one\ntwo' },
    { Message: 'A backup failed' },
  )
  expect(got).toEqual([
    { text: '*trial-database-critical*: rings. Something critical rings.\nwhy' },
    { text: '*trial-database-critical*: all clear. Something critical rings.\nwhy' },
    { text: '*still rings*\none\ntwo' },
    { text: 'A backup failed' },
  ])
})

it('fails where the webhook does, without a word of its address: AWS tries again, and counts it', async () => {
  status = 404
  await expect(tell({ Message: 'A backup failed' })).rejects.toThrow(/^the webhook answers 404$/)
})

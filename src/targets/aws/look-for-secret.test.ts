import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { listen } from '../../../test/listen.ts'
import { requireSecret, secretProblem } from './look-for-secret.ts'

const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:edge/slack-a1B2c3'

const ofAws = 'arn:aws:kms:eu-central-1:123456789012:key/1'
const managers: Readonly<Record<string, string>> = { [ofAws]: 'AWS', 'alias/ours': 'CUSTOMER' }
let KmsKeyId: string | undefined
/** As both services answer, whose names are in a header; a key that it does not know may not be asked for. */
const api = createServer(async (request, response) => {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part)
  response.setHeader('content-type', 'application/x-amz-json-1.1')
  if (request.headers['x-amz-target'] !== 'TrentService.DescribeKey') {
    response.end(JSON.stringify({ ARN: secret, KmsKeyId }))
    return
  }
  const key = String(Object(JSON.parse(Buffer.concat(parts).toString()))['KeyId'])
  const KeyManager = managers[key]
  if (KeyManager === undefined) response.writeHead(400).end(JSON.stringify({ __type: 'AccessDeniedException' }))
  else response.end(JSON.stringify({ KeyMetadata: { KeyId: key, KeyManager } }))
})
beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${await listen(api)}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
})
afterAll(() => {
  vi.unstubAllEnvs()
  api.close()
})

it.each([
  ['no key of its own', undefined],
  ['the key of Secrets Manager', 'alias/aws/secretsmanager'],
  ['that key by its ARN', 'arn:aws:kms:eu-central-1:123456789012:alias/aws/secretsmanager'],
  ['that key by its id', ofAws],
])('a secret with %s is one that the function may read', async (_, key) => {
  KmsKeyId = key
  expect(await requireSecret(secret, '123456789012')).toBeUndefined()
})

it.each([
  ['a customer’s key', 'alias/ours'],
  ['a key that may not be asked for', 'alias/hidden'],
])('of a secret with %s it is said which right the function needs', async (_, key) => {
  KmsKeyId = key
  const note = await requireSecret(secret, '123456789012')
  expect(note).toMatch(new RegExp(`is encrypted with ${key}: .*kms:Decrypt`))
})

it.each([
  ['that is to be deleted', { DeletedDate: new Date('2026-05-01') }, 'to be deleted (2026-05-01)', 'restore-secret'],
  ['by less than its ARN', { ARN: `${secret}-d4E5f6` }, 'is no whole ARN', `${secret}-d4E5f6`],
])('a secret %s is none, and the next step is said', (_, found, what, next) => {
  expect(secretProblem(secret, { ARN: secret, ...found })).toEqual({
    what: expect.stringContaining(what),
    next: expect.stringContaining(next),
  })
})

it('another account’s secret is refused without being asked for', async () => {
  await expect(requireSecret(secret, '000000000000')).rejects.toMatchObject({
    where: 'aws.notify.webhookSecret',
    message: expect.stringContaining('is of the account 123456789012'),
    hints: ['nothing was deployed', expect.stringContaining('000000000000')],
  })
})

it('nothing is looked at where no webhook is configured', async () => {
  expect(await requireSecret(undefined, '000000000000')).toBeUndefined()
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OperatorError } from '../../core/errors.ts'
import { listen } from '../../../test/listen.ts'
import { awsRefusal } from './refusal.ts'

let server: Server
let endpoint = ''
let answer = { status: 200, body: '' }
beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'text/xml' })
    response.end(answer.body)
  })
  endpoint = `http://127.0.0.1:${await listen(server)}`
})
afterAll(async () => {
  server.close()
  await once(server, 'close')
})

/** As short as it can be: what is refused for a moment is tried again by the SDK, which is not what is looked at. */
const asked = { region: 'us-east-1', maxAttempts: 1 }
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

async function errorOf(request: Promise<unknown>): Promise<unknown> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) throw new Error('it was not refused')
  return error
}

const ofCloudFormation = (at = endpoint): Promise<unknown> =>
  errorOf(new CloudFormationClient({ ...asked, credentials, endpoint: at }).send(new DescribeStacksCommand({})))

function ofS3(): Promise<unknown> {
  const client = new S3Client({ ...asked, credentials, endpoint, forcePathStyle: true })
  return errorOf(client.send(new ListObjectsV2Command({ Bucket: 'site' })))
}

const words = (code: string): string => `<Code>${code}</Code><Message>words of AWS</Message>`

describe('what AWS refuses', () => {
  it.each([
    ['AccessDenied', 403, 'these credentials may not do that', 1],
    ['ExpiredToken', 403, 'sign in again', 2],
    ['InvalidClientTokenId', 403, 'sign in again', 2],
    ['RequestExpired', 400, 'is the clock of this machine right', 2],
    ['Throttling', 400, 'run this again in a minute', 1],
    ['ServiceUnavailable', 503, 'AWS is not well', 1],
    ['ValidationError', 400, 'is that who you mean to be?', 1],
  ])('is said in its words, with what to do next: %s', async (code, status, next, exitCode) => {
    answer = { status, body: `<ErrorResponse><Error>${words(code)}</Error></ErrorResponse>` }
    const refusal = awsRefusal(await ofCloudFormation())
    expect(refusal).toMatchObject({ where: 'aws', message: `${code}: words of AWS`, exitCode })
    expect(refusal?.hints.join('\n')).toContain(next)
  })

  it('is said with the number of the request where there is one', async () => {
    answer = { status: 404, body: `<Error>${words('NoSuchBucket')}<RequestId>0A1B</RequestId></Error>` }
    expect(awsRefusal(await ofS3())).toMatchObject({ message: 'NoSuchBucket: words of AWS (request 0A1B)' })
  })

  it('is told from a network that is down, and from a proxy that answers in its place', async () => {
    expect(awsRefusal(await ofCloudFormation('http://127.0.0.1:1'))).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
      hints: [expect.stringContaining('does this machine reach AWS?')],
    })
    answer = { status: 200, body: '<html>Sign in to the guest network' }
    expect(awsRefusal(await ofCloudFormation())).toMatchObject({
      message: expect.not.stringContaining('\n'),
      hints: [expect.stringContaining('or a proxy before it')],
    })
  })

  it('is told from what is the machine’s or ours', () => {
    const file = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open', path: 'a', $metadata: {} })
    for (const error of [file, new TypeError('undefined is no function'), new OperatorError('a', 'b', []), 'a text'])
      expect(awsRefusal(error)).toBeUndefined()
  })
})

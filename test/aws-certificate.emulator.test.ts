import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Between, letThrough, type Rule } from './ministack/between.ts'
import { AwsTrial } from './ministack/trial.ts'

let trial: AwsTrial
let between: Between
let certificate = ''
beforeAll(async () => {
  trial = await AwsTrial.make()
  between = await Between.start(trial.emulator)
  trial.environment = between.environment
  const client = new ACMClient(trial.asked)
  const names = { DomainName: 'example.com', SubjectAlternativeNames: ['*.example.com'] }
  const { CertificateArn: arn = '' } = await client.send(new RequestCertificateCommand(names))
  certificate = arn
})
afterEach(() => {
  between.rule = letThrough
})
afterAll(async () => {
  await between.stop()
  await trial.remove()
})

const configured = (domain: string, arn = certificate) =>
  trial.configure(`serve: { domain: '${domain}' }, aws: { certificate: '${arn}' },`)
const asksForCertificate = ({ body }: Parameters<Rule>[0]): boolean => body.includes('"CertificateArn"')
const refused = { status: 400, body: '{"__type":"AccessDeniedException","message":"no right to this"}' }

describe('the certificate of a site on AWS', () => {
  it.each([
    [
      'of a name that it does not have',
      'www.example.org',
      undefined,
      'does not name www.example.org, only example.com',
    ],
    [
      'that is not there',
      'www.example.com',
      'arn:aws:acm:us-east-1:000000000000:certificate/a1b2',
      'is not there (account 000000000000, us-east-1): arn:aws:acm',
    ],
    [
      'of another account',
      'www.example.com',
      'arn:aws:acm:us-east-1:123456789012:certificate/a1b2',
      'is of the account 123456789012',
    ],
  ])('stops a deployment before it begins: one %s', async (_, domain, arn, says) => {
    await configured(domain, arn)
    const ran = await trial.edge('deploy', 'cdn', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`aws.certificate: ${says}`)])
    expect(ran.stderr).toContain('nothing was deployed')
    expect(await trial.bucketOf('store')).toBe('')
  })

  it('stops it while it is not issued, and says what it waits for', async () => {
    await configured('www.example.com')
    between.rule = async (asked, emulator) => {
      const answer = await emulator()
      const body = answer.body.replaceAll(/"(ISSUED|SUCCESS)"/g, '"PENDING_VALIDATION"')
      return asksForCertificate(asked) ? { ...answer, body } : answer
    }
    const { code, stderr } = await trial.edge('deploy', 'cdn', '--yes')
    expect([code, stderr]).toEqual([1, expect.stringContaining('aws.certificate: is not issued yet')])
    expect(stderr).toMatch(/the DNS of \S+ needs: _acme-challenge\.example\.com\. {2}CNAME {2}\S+/)
  })

  it('stops nothing where it may not be looked at, which is said', async () => {
    await configured('www.example.com')
    between.rule = async (asked, emulator) => (asksForCertificate(asked) ? refused : emulator())
    const { code, stderr } = await trial.edge('deploy', 'cdn', '--dry-run')
    expect([code, stderr]).toEqual([0, expect.stringContaining('acm:DescribeCertificate')])
  })

  it('is that of the site, whose name then needs a record, which is told', async () => {
    await configured('www.example.com')
    const { address, dns } = JSON.parse(await trial.must('deploy', 'cdn', '--yes', '--json'))
    expect(address).toBe('https://www.example.com')
    expect(dns).toEqual({
      name: 'www.example.com',
      type: 'CNAME',
      value: expect.stringMatching(/^[a-z0-9]+\.cloudfront\.net$/),
    })
  })
})

describe('a site that an older version deployed', () => {
  it('is published without the name of its distribution, and says it after the next deployment', async () => {
    await trial.withoutOutput('DistributionName')
    expect(JSON.parse(await trial.must('publish', trial.dist, '--json'))).toMatchObject({ is: 'live' })
    expect(await trial.must('plan')).toMatch(/change +Outputs +DistributionName\n\nno resource changes/)
    expect(await trial.must('deploy', 'cdn', '--yes')).toMatch(
      /dns +www\.example\.com {2}CNAME {2}\S+\.cloudfront\.net/,
    )
  })
})

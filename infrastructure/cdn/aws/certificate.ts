import {
  ACMClient,
  type CertificateDetail,
  type CertificateStatus,
  DescribeCertificateCommand,
  type DomainValidation,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm'
import { OperatorError } from '../../../src/core/errors.ts'

/** What CloudFront would refuse, or browsers would, and what to do about it. */
type Problem = { readonly what: string; readonly next: readonly string[] }

type Wanted = { readonly certificate: string; readonly domain: string; readonly account: string }

const where = 'aws.certificate'
const another = 'request another one in us-east-1, and write its ARN there'
const mayNotBeAsked = 'these credentials may not ask for it (acm:DescribeCertificate)'

/**
 * Looks at the certificate before a deployment does: CloudFront refuses a wrong one after minutes, or takes it and browsers
 * refuse it. Throws OperatorError with what is wrong; answers why where it could not be looked at.
 */
export async function requireCertificate(wanted: Wanted, now: Date): Promise<string | undefined> {
  const { certificate, account } = wanted
  const [, , , region = '', owner] = certificate.split(':')
  if (owner !== account) {
    const what = `is of the account ${owner}, and CloudFront takes those of its own (${account}) alone`
    throw problemOf(certificate, { what, next: [another] })
  }
  const client = new ACMClient({ region })
  try {
    const { Certificate: found = {} } = await client.send(
      new DescribeCertificateCommand({ CertificateArn: certificate }),
    )
    const problem = certificateProblem(found, wanted.domain, now)
    if (problem) throw problemOf(certificate, problem)
    return undefined
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      const next = [`aws acm list-certificates --region ${region} names those that are there`, another]
      throw problemOf(certificate, { what: `is not there (account ${account}, ${region})`, next })
    }
    if (error instanceof Error && error.name === 'AccessDeniedException') return mayNotBeAsked
    throw error
  } finally {
    client.destroy()
  }
}

const problemOf = (certificate: string, { what, next }: Problem): OperatorError =>
  new OperatorError(where, `${what}: ${certificate}`, ['nothing was deployed', ...next])

/** Why a certificate cannot be that of a site; undefined where it can. */
export function certificateProblem(found: CertificateDetail, domain: string, now: Date): Problem | undefined {
  const { Status: status, NotAfter: end, SubjectAlternativeNames: names = [] } = found
  if (status === 'PENDING_VALIDATION') return notProvenYet(found)
  const because = status === undefined ? undefined : ended[status]?.(found)
  if (because !== undefined) return { what: because, next: [another] }
  if (end !== undefined && end <= now) return { what: `expired on ${day(end)}`, next: [renewal(found)] }
  if (names.some((name) => covers(name, domain))) return undefined
  return {
    what: `does not name ${domain}, only ${names.join(', ') || 'nothing'}`,
    next: [`request one for ${domain} in us-east-1, and write its ARN there; or is serve.domain right?`],
  }
}

/** What nothing is left to wait for. */
const ended: Readonly<Partial<Record<CertificateStatus, (found: CertificateDetail) => string>>> = {
  EXPIRED: ({ NotAfter: end }) => `expired${end ? ` on ${day(end)}` : ''}`,
  FAILED: ({ FailureReason: why }) => `was not issued (${why ?? 'ACM gives no reason'})`,
  INACTIVE: () => 'is inactive',
  REVOKED: ({ RevocationReason: why }) => `was revoked (${why ?? 'ACM gives no reason'})`,
  VALIDATION_TIMED_OUT: () => 'was not issued (its names were not proven in time)',
}

function notProvenYet({ DomainValidationOptions: options = [] }: CertificateDetail): Problem {
  const open = options.filter(({ ValidationStatus: status }) => status !== 'SUCCESS')
  const names = open.map(({ DomainName: name }) => name).join(', ')
  const next = [
    ...new Set(open.map(proofOf)),
    'aws acm wait certificate-validated waits for it; then edge deploy --target aws again',
  ]
  return { what: `is not issued yet, as ACM waits for the proof of ${names || 'its names'}`, next }
}

const proofOf = ({ DomainName: name, ResourceRecord: record }: DomainValidation): string =>
  record
    ? `the DNS of ${name} needs: ${record.Name}  ${record.Type}  ${record.Value}`
    : `the owner of ${name} answers the letter of ACM`

const renewal = ({ Type: type }: CertificateDetail): string =>
  type === 'IMPORTED' ? 'import the renewed one under the same ARN (aws acm import-certificate)' : another

const day = (time: Date): string => time.toISOString().slice(0, 10)

/** A star stands for one part of a name, and for the first one alone. */
const covers = (name: string, domain: string): boolean =>
  name === domain || (name.startsWith('*.') && domain.slice(domain.indexOf('.')) === name.slice(1))

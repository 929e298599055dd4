import type { CertificateDetail } from '@aws-sdk/client-acm'
import { describe, expect, it } from 'vitest'
import { certificateProblem } from './certificate.ts'

const now = new Date('2026-11-27T12:00:00Z')
const issued: CertificateDetail = {
  Status: 'ISSUED',
  NotAfter: new Date('2027-11-27T12:00:00Z'),
  SubjectAlternativeNames: ['www.example.com'],
}
const problem = (change: CertificateDetail) => certificateProblem({ ...issued, ...change }, 'www.example.com', now)

describe('a certificate', () => {
  it.each([[['www.example.com']], [['example.com', '*.example.com']]])('of %s is that of the site', (names) => {
    expect(problem({ SubjectAlternativeNames: names })).toBeUndefined()
  })

  it.each([
    [['example.com']],
    [['*.www.example.com']],
    [['*.com']],
    [['www.example.com.evil.example']],
    [['*.example.org', 'example.com']],
  ])('of %s is that of another', (names) => {
    expect(problem({ SubjectAlternativeNames: names })).toEqual({
      what: `does not name www.example.com, only ${names.join(', ')}`,
      next: [expect.stringContaining('request one for www.example.com in us-east-1')],
    })
  })

  it('that waits for its proof says which records that needs', () => {
    const ResourceRecord = { Name: '_a1.example.com.', Type: 'CNAME', Value: '_b2.acm-validations.aws.' } as const
    const DomainValidationOptions = [
      { DomainName: 'www.example.com', ValidationStatus: 'PENDING_VALIDATION', ResourceRecord } as const,
      { DomainName: 'example.com', ValidationStatus: 'SUCCESS' } as const,
      { DomainName: 'example.net', ValidationStatus: 'PENDING_VALIDATION' } as const,
    ]
    expect(problem({ Status: 'PENDING_VALIDATION', NotAfter: undefined, DomainValidationOptions })).toEqual({
      what: 'is not issued yet, as ACM waits for the proof of www.example.com, example.net',
      next: [
        'the DNS of www.example.com needs: _a1.example.com.  CNAME  _b2.acm-validations.aws.',
        'the owner of example.net answers the letter of ACM',
        expect.stringContaining('then edge deploy --target aws again'),
      ],
    })
  })

  it.each([
    [{ Status: 'FAILED', FailureReason: 'CAA_ERROR' }, 'was not issued (CAA_ERROR)'],
    [{ Status: 'VALIDATION_TIMED_OUT' }, 'was not issued (its names were not proven in time)'],
    [{ Status: 'REVOKED', RevocationReason: 'KEY_COMPROMISE' }, 'was revoked (KEY_COMPROMISE)'],
    [{ Status: 'INACTIVE' }, 'is inactive'],
    [{ Status: 'EXPIRED', NotAfter: new Date('2026-11-01T00:00:00Z') }, 'expired on 2026-11-01'],
  ] as const)('that comes to nothing any more is told so: %o', (change, what) => {
    expect(problem(change)).toEqual({ what, next: [expect.stringContaining('request another one in us-east-1')] })
  })

  it('that is past its end is imported anew where it was imported', () => {
    expect(problem({ NotAfter: now, Type: 'IMPORTED' })).toEqual({
      what: 'expired on 2026-11-27',
      next: [expect.stringContaining('import the renewed one')],
    })
  })
})

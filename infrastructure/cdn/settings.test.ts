import { describe, expect, it } from 'vitest'
import { cdnSettings, contentSecurityPolicyOf } from './settings.ts'

const policyOf = (change: Parameters<typeof cdnSettings.parse>[0]) => contentSecurityPolicyOf(cdnSettings.parse(change))

describe('the policy of the pages', () => {
  it('lets nobody show them in a frame, unless the configuration does', () => {
    expect(policyOf({})).toMatch(/; frame-ancestors 'none'$/)
    expect(policyOf({ frames: 'SAMEORIGIN' })).toMatch(/; frame-ancestors 'self'$/)
  })

  it('has what the configuration says of frames itself', () => {
    const own = "default-src 'self'; frame-ancestors https://partner.example"
    expect(policyOf({ contentSecurityPolicy: own })).toBe(own)
  })

  it('is none where none is wanted', () => {
    expect(policyOf({ contentSecurityPolicy: false })).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { schema } from './schema.ts'

const site = { static: 'public' }
const withApi = (url: string) => ({ site: { ...site, api: { url } } })

/** What is said of a configuration for a target, by the field that it is about. */
function said(target: 'local' | 'aws', given: object): Readonly<Record<string, string>> {
  const issues = schema.safeParse({ site, target, ...given }).error?.issues ?? []
  return Object.fromEntries(issues.map(({ path, message }) => [path.join('.'), message]))
}

describe('a configuration for AWS', () => {
  it.each(['images', 'fonts'])('has %s kept for a second at least, as CloudFront compresses nothing else', (kind) => {
    const given = { cdn: { cache: { [kind]: '0 seconds' } } }
    expect(said('aws', given)).toEqual({ [`cdn.cache.${kind}`]: expect.stringContaining("at least '1 second'") })
    expect(said('local', given)).toEqual({})
  })

  it.each(['https://10.0.0.7', 'https://[2001:db8::7]', 'https://127.1', 'https://203.0.113.7:8443'])(
    'has no API at an address without a name: %s',
    (url) => {
      expect(said('aws', withApi(url))).toEqual({ 'site.api.url': expect.stringContaining('no IP address') })
    },
  )

  it.each(['https://localhost', 'https://localhost.', 'https://api.localhost', 'https://api'])(
    'has no API that only its own machine or network knows: %s',
    (url) => {
      expect(said('aws', withApi(url))).toEqual({ 'site.api.url': expect.stringContaining('name servers know') })
    },
  )

  it.each(['https://api.example.com:444', 'https://api.example.com:1023', 'https://api.example.com:22'])(
    'has no API on a port that CloudFront does not ask: %s',
    (url) => {
      expect(said('aws', withApi(url))).toEqual({
        'site.api.url': expect.stringContaining('443, 80, or one from 1024'),
      })
    },
  )

  it.each(['https://api.example.com', 'https://api.example.com:80', 'https://api.example.com:1024'])(
    'takes %s',
    (url) => {
      expect(said('aws', withApi(url))).toEqual({})
    },
  )

  it('has an API that answers over HTTPS', () => {
    expect(said('aws', withApi('http://api.example.com'))).toEqual({
      'site.api.url': expect.stringContaining('must begin with https:// on AWS'),
    })
  })

  it('has a name of its own with the certificate for it alone', () => {
    const given = { serve: { domain: 'www.example.com' } }
    const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2'
    expect(said('aws', given)).toEqual({
      'serve.domain': expect.stringContaining('its certificate in aws.certificate'),
    })
    expect(said('aws', { ...given, aws: { certificate } })).toEqual({})
    expect(said('aws', {})).toEqual({})
    expect(said('local', given)).toEqual({})
  })

  it.each([
    ['wait', '5 minutes', '301 seconds', '300 seconds'],
    ['idle', '8 hours', '8.5 hours', '28800 seconds'],
  ])('has a pool whose time %s RDS Proxy takes', (name, most, more, limit) => {
    const given = (value: string) => ({ database: { pool: { [name]: value } } })
    expect(said('aws', given(most))).toEqual({})
    expect(said('aws', given(more))).toEqual({
      [`database.pool.${name}`]: expect.stringContaining(`at most '${limit}' on AWS`),
    })
    expect(said('aws', given('2.5 seconds'))).toEqual({
      [`database.pool.${name}`]: expect.stringContaining('whole seconds on AWS'),
    })
    for (const value of [more, '2.5 seconds']) expect(said('local', given(value))).toEqual({})
  })

  it('says of what is no address that alone', () => {
    expect(said('aws', withApi('api.example.com'))).toEqual({ 'site.api.url': 'Invalid URL' })
  })
})

describe('a configuration for this machine', () => {
  it.each(['http://127.0.0.1:444', 'http://[::1]:9000', 'http://localhost:22'])('may have its API at %s', (url) => {
    expect(said('local', withApi(url))).toEqual({})
  })
})

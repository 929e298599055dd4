import { afterAll, expect, it } from 'vitest'
import { cdnSettings } from '../settings.ts'
import { askedAt, endpointOf } from './endpoint.ts'
import { SiteStore } from './site-store.ts'

const region = 'us-east-1'
const store = new SiteStore('bucket', region)
afterAll(() => store.close())

const none = { health: undefined, journey: [] }
const endpoint = (settings: object, visitors: Parameters<typeof endpointOf>[2] = none) =>
  endpointOf({ store, address: 'https://d1.cloudfront.net', region }, cdnSettings.parse(settings), visitors, {
    env: {},
  })

it('has a site on AWS compared with the headers that it is configured to send', () => {
  const contentSecurityPolicy = "default-src 'none'"
  expect(endpoint({ contentSecurityPolicy, hsts: '30 days' }).settings).toMatchObject({
    contentSecurityPolicy,
    hsts: { milliseconds: 30 * 86_400_000 },
  })
})

it('has the API behind it asked for what the journey of the load test gets, and the site for its pages', () => {
  const journey = ['/', '/api/games']
  const { api, routes } = endpoint({}, { health: '/api/health', journey })
  expect([api, routes]).toEqual([{ health: '/api/health', journey }, ['/']])
})

it('has the bucket asked at its own address, past CloudFront', () => {
  expect(endpoint({}).store.address).toBe('https://bucket.s3.us-east-1.amazonaws.com/')
})

it('says in the evidence where it was asked, as long as the site’s own name does not lead there', () => {
  const record = { name: 'www.example.com', type: 'CNAME', value: 'd1.cloudfront.net' } as const
  expect(askedAt(record)).toEqual({ 'asked at': 'd1.cloudfront.net, as www.example.com does not lead there yet' })
  expect(askedAt(undefined)).toEqual({})
})

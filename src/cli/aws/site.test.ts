import { afterAll, expect, it } from 'vitest'
import { SiteStore } from '../../../infrastructure/cdn/aws/site-store.ts'
import { schema } from '../../config/schema.ts'
import { endpointOf } from './site.ts'

const store = new SiteStore('bucket', 'us-east-1')
afterAll(() => store.close())

const endpoint = (change: object) => {
  const configuration = { ...schema.parse({ name: 'trial', target: 'aws', ...change }), directory: '/srv/trial' }
  return endpointOf({ store, address: 'https://d1.cloudfront.net', configuration }, { env: {} })
}

it('has a site on AWS compared with the headers that it is configured to send', () => {
  const contentSecurityPolicy = "default-src 'none'"
  const cdn = { contentSecurityPolicy, hsts: '30 days' }
  expect(endpoint({ site: { static: 'dist' }, cdn }).settings).toMatchObject({
    contentSecurityPolicy,
    hsts: { milliseconds: 30 * 86_400_000 },
  })
})

it('has the API behind it asked for what the journey of the load test gets', () => {
  const api = { url: 'https://api.example.com', health: '/api/health' }
  const requests = [{ path: '/' }, { path: '/api/games' }]
  const loadTesting = { journey: [{ name: 'browse', requests }] }
  expect(endpoint({ site: { static: 'dist', api }, loadTesting }).api).toEqual({
    health: '/api/health',
    journey: ['/', '/api/games'],
  })
})

it('has the bucket asked at its own address, past CloudFront', () => {
  expect(endpoint({ site: { static: 'dist' } }).store?.address).toBe('https://bucket.s3.us-east-1.amazonaws.com/')
})

import { runInNewContext } from 'node:vm'
import { parse } from 'acorn'
import { describe, expect, it } from 'vitest'
import { type PageStyle, pageStyles } from '../routing.ts'
import { examplePages } from '../proofs/example-pages.ts'
import { spaCases } from '../spa-cases.ts'
import { apiRequest, viewerRequest, viewerResponse } from './viewer-request.ts'

/** CloudFront's bound for the code of a function, in bytes (Developer Guide, "Quotas on CloudFront Functions"). */
const largestFunction = 10_240

type Answered = { readonly uri?: string; readonly statusCode?: number }

/** Calls the function as CloudFront does: in a world without Node, with an event of plain values. */
function handled(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  style: PageStyle = 'app',
): Answered {
  const values = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]))
  const event = { request: { method, uri: new URL(path, 'https://site.invalid').pathname, headers: values } }
  // What the function answers is checked field by field below.
  return runInNewContext(`${viewerRequest(style)}\nhandler(${JSON.stringify(event)})`) as Answered
}

/** A path as S3 reads it: a bare + is a space. */
const readByS3 = (path: string): string => decodeURIComponent(path.replaceAll('+', ' '))

describe('the viewer request function', () => {
  it.each(pageStyles)('is ES5, which every CloudFront runtime accepts, and far below its bound: %s', (style) => {
    expect(() => parse(viewerRequest(style), { ecmaVersion: 5 })).not.toThrow()
    expect(Buffer.byteLength(viewerRequest(style))).toBeLessThan(largestFunction / 4)
  })

  it.each([
    ['of answers', viewerResponse([])],
    ['of the API', apiRequest()],
  ])('has others beside it that are ES5 and small, too: %s', (_, code) => {
    expect(() => parse(code, { ecmaVersion: 5 })).not.toThrow()
    expect(Buffer.byteLength(code)).toBeLessThan(largestFunction / 4)
  })

  const cases = pageStyles.flatMap((style) => spaCases(style, examplePages).map((one) => ({ style, ...one })))
  it.each(cases)('answers $name ($path) of $style by the rule of nginx', ({ style, method, path, headers, answer }) => {
    const { uri = '' } = handled(method, path, headers, style)
    // What is missing, refused or the API's is no page; that the behaviours allow GET and HEAD alone is theirs.
    expect(examplePages.find((page) => readByS3(uri) === `/${page}`)).toBe(
      typeof answer === 'object' ? answer.page : undefined,
    )
  })

  it('sends the page for the site’s own address, whoever asks', () => {
    expect(handled('GET', '/').uri).toBe('/index.html')
  })

  it.each(['/.env', '/.git/config', '/a/.hidden', '/%2Eedge/live.json', '/a%2F.hidden', '/.well-known%2F..%2F.env'])(
    'hides %s',
    (path) => {
      expect(handled('GET', path).statusCode).toBe(404)
    },
  )

  it.each(['/%zz', '/%'])('sends nothing for a path that cannot be decoded: %s', (path) => {
    expect(handled('GET', path).statusCode).toBe(404)
  })

  it.each(['/api', '/api/games', '/%61pi/games'])('leaves %s to the API, where there is one', (path) => {
    expect(handled('GET', path, { 'sec-fetch-mode': 'navigate' }).statusCode).toBe(404)
  })

  it.each(['folders', 'files'] as const)('sends what machines ask for by its own name, of %s too', (style) => {
    const path = '/.well-known/apple-app-site-association'
    expect(handled('GET', path, {}, style).uri).toBe(path)
  })

  it('sends what certificates are proven with', () => {
    expect(handled('GET', '/.well-known/security.txt').uri).toBe('/.well-known/security.txt')
  })

  it('leaves a path with a dot in a folder to the app', () => {
    expect(handled('GET', '/v1.2/notes').uri).toBe('/index.html')
    expect(handled('GET', '/v1.2/notes.txt').uri).toBe('/v1.2/notes.txt')
  })

  it('takes a type of file that the configuration names for one', () => {
    const event = { request: { method: 'GET', uri: '/plans/house.dwg', headers: {} } }
    const uri = runInNewContext(`${viewerRequest('app', ['dwg'])}\nhandler(${JSON.stringify(event)}).uri`)
    expect(uri).toBe('/plans/house.dwg')
  })
})

describe('the viewer response function', () => {
  const vary = (uri: string): unknown => {
    const event = {
      request: { uri },
      response: { statusCode: 200, headers: { 'cache-control': { value: 'no-cache' } } },
    }
    return runInNewContext(`${viewerResponse([])}\nhandler(${JSON.stringify(event)}).headers.vary`)
  }

  it.each(['/index.html', '/sports/nba', '/users/jane.doe'])('says what the answer to %s depends on', (uri) => {
    expect(vary(uri)).toEqual({ value: 'Accept-Encoding, Accept, Sec-Fetch-Dest, Sec-Fetch-Mode' })
  })

  it.each(['/logo.png', '/assets/app-A1b2C3d4.js', '/.well-known/security.txt'])('leaves %s as it is', (uri) => {
    expect(vary(uri)).toBeUndefined()
  })
})

describe('the function of the API', () => {
  const passed = (headers: Readonly<Record<string, string>>): readonly string[] => {
    const values = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]))
    const event = { request: { method: 'GET', uri: '/api/x', headers: values } }
    // The names of what comes out are compared below.
    return Object.keys(runInNewContext(`${apiRequest()}\nhandler(${JSON.stringify(event)})`).headers)
  }

  it.each([
    'x-real-ip',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'forwarded',
    'x-original-url',
    'x-rewrite-url',
    'x-client-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'x-cluster-client-ip',
    'x_forwarded_host',
    'x_real_ip',
    'proxy',
  ])('takes out what a client claims: %s', (name) => {
    expect(passed({ [name]: 'a claim', accept: '*/*' })).toEqual(['accept'])
  })

  it.each(['host', 'cookie', 'authorization', 'via', 'x-http-method-override', 'x-request-id', 'user-agent'])(
    'leaves what it wants: %s',
    (name) => {
      expect(passed({ [name]: 'a wish' })).toEqual([name])
    },
  )
})

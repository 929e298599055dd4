import { runInNewContext } from 'node:vm'
import { parse } from 'acorn'
import { describe, expect, it } from 'vitest'
import { type PageStyle, pageStyles } from '../routing.ts'
import { examplePages, spaCases } from '../spa-cases.ts'
import { largestFunction, viewerRequest } from './viewer-request.ts'

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
    const navigation = { 'sec-fetch-mode': 'navigate' }
    expect(handled('GET', '/v1.2/notes', navigation).uri).toBe('/index.html')
    expect(handled('GET', '/v1.2/notes.txt', navigation).uri).toBe('/v1.2/notes.txt')
  })
})

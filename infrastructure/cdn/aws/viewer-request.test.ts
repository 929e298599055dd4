import { runInNewContext } from 'node:vm'
import { parse } from 'acorn'
import { describe, expect, it } from 'vitest'
import { spaCases } from '../spa-cases.ts'
import { largestFunction, viewerRequest } from './viewer-request.ts'

type Answered = { readonly uri?: string; readonly statusCode?: number }

/** Calls the function as CloudFront does: in a world without Node, with an event of plain values. */
function handled(method: string, path: string, headers: Readonly<Record<string, string>> = {}): Answered {
  const values = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]))
  const event = { request: { method, uri: new URL(path, 'https://site.invalid').pathname, headers: values } }
  // What the function answers is checked field by field below.
  return runInNewContext(`${viewerRequest()}\nhandler(${JSON.stringify(event)})`) as Answered
}

describe('the viewer request function', () => {
  it('is ES5, which every CloudFront runtime accepts, and far below its bound', () => {
    expect(() => parse(viewerRequest(), { ecmaVersion: 5 })).not.toThrow()
    expect(Buffer.byteLength(viewerRequest())).toBeLessThan(largestFunction / 4)
  })

  // Below /api CloudFront does not call it; a post is refused by the behaviour, which allows GET and HEAD alone.
  const cases = spaCases.filter(({ answer }) => answer === 'app' || answer === 'missing')
  it.each(cases)('answers $name with the same rule as nginx: $answer', ({ method, path, headers, answer }) => {
    const { pathname } = new URL(path, 'https://site.invalid')
    expect(handled(method, path, headers).uri).toBe(answer === 'app' ? '/index.html' : pathname)
  })

  it('sends the page for the site’s own address, whoever asks', () => {
    expect(handled('GET', '/').uri).toBe('/index.html')
  })

  it.each(['/.env', '/.git/config', '/a/.hidden'])('hides %s', (path) => {
    expect(handled('GET', path).statusCode).toBe(404)
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

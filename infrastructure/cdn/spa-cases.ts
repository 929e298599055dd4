/** A request, and what a single-page app's host answers to it: one table for every target. */
export type SpaCase = {
  readonly name: string
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * `app`: the app's page with status 200; `missing`: 404 and not the app's page; `refused`: a client error that is not
   * the page; `api`: whatever the API says (some ask for a login first), but not the page.
   */
  readonly answer: 'app' | 'missing' | 'refused' | 'api'
}

const navigation = { 'sec-fetch-mode': 'navigate', accept: 'text/html,application/xhtml+xml' }
const old = { accept: 'text/html,application/xhtml+xml' }
const script = { 'sec-fetch-mode': 'cors', accept: '*/*' }

/** The rule: the app answers a navigation to a path that is not the API's and names no file; nothing else. */
export const spaCases: readonly SpaCase[] = [
  { name: 'a deep link', method: 'GET', path: '/some/deep/link', headers: navigation, answer: 'app' },
  { name: 'a deep link with a query', method: 'GET', path: '/some/link?a=b.c', headers: navigation, answer: 'app' },
  { name: 'a deep link, old browser', method: 'GET', path: '/some/deep/link', headers: old, answer: 'app' },
  { name: 'a head of a deep link', method: 'HEAD', path: '/some/deep/link', headers: navigation, answer: 'app' },
  { name: 'a request of a script', method: 'GET', path: '/some/deep/link', headers: script, answer: 'missing' },
  { name: 'a missing file', method: 'GET', path: '/some/picture.png', headers: navigation, answer: 'missing' },
  { name: 'a missing chunk', method: 'GET', path: '/assets/gone-0a1b2c3d.js', headers: navigation, answer: 'missing' },
  {
    name: 'an unknown path of the API',
    method: 'GET',
    path: '/api/edge-check-unknown',
    headers: navigation,
    answer: 'api',
  },
  { name: 'a post to a page', method: 'POST', path: '/some/deep/link', headers: navigation, answer: 'refused' },
]

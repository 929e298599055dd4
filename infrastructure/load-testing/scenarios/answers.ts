import type { RunFile } from '../run-file.ts'

type Request = RunFile['journey'][number]['requests'][number]
type Wanted = Pick<Request, 'method' | 'status' | 'contains' | 'assets'>

/** An answer to a GET that is said to be right holds something, unless `contains: ''` says otherwise: `edge verify` says so, too. */
const mayBeEmpty = ({ method, status, contains }: Wanted): boolean =>
  contains === undefined ? method !== 'GET' || status !== 200 : contains === ''

/** Whether the text of an answer is looked at; of all others it is thrown away, which costs the generator nothing. */
export const isRead = (request: Wanted): boolean => request.assets || Boolean(request.contains) || !mayBeEmpty(request)

/** @param contains what it has to hold, as this visitor asked for it */
export const isRight = (request: Wanted, status: number, contains: string, text: string): boolean =>
  status === request.status && (text !== '' || mayBeEmpty(request)) && text.includes(contains)

/** As browsers, which give up as well. */
export const mostRedirects = 10

export const isRedirect = (status: number): boolean =>
  status >= 301 && status <= 308 && ![304, 305, 306].includes(status)

/**
 * Where a redirect leads; undefined where the answer is none. k6 has no URL of its own.
 * @param from the address that was asked
 */
export function redirectTarget(status: number, location: string | undefined, from: string): string | undefined {
  if (!isRedirect(status) || location === undefined || location === '') return undefined
  const [to = ''] = location.split('#')
  if (/^[a-z][a-z0-9+.-]*:/i.test(to)) return to
  const [, scheme = '', host = '', path = ''] = /^([^/]+:)\/\/([^/?]*)([^?]*)/.exec(from) ?? []
  if (to.startsWith('//')) return `${scheme}${to}`
  if (to.startsWith('/')) return `${scheme}//${host}${to}`
  const beside = to === '' || to.startsWith('?') ? path : path.replace(/[^/]*$/, '')
  return `${scheme}//${host}${beside || '/'}${to}`
}

/** `https://localhost:8443`; ports that go without saying are left out. */
export function originOf(address: string): string {
  const [, scheme = '', place = ''] = /^([a-z][a-z0-9+.-]*:)\/\/([^/?#]*)/i.exec(address) ?? []
  const [way, host] = [scheme.toLowerCase(), place.replace(/^.*@/, '').toLowerCase()]
  return `${way}//${host.replace(way === 'https:' ? /:443$/ : /:80$/, '')}`
}

import { type Bytes, show } from '../../src/core/units.ts'

/** What the edge refuses by itself: nginx's own statuses for it, the one that a client gets, and why, as the API has it. */
type Refusal = {
  readonly of: readonly number[]
  readonly status: number
  readonly code: string
  readonly message: string
}

const refusals = (uploadLimit: Bytes): readonly Refusal[] => [
  { of: [400], status: 400, code: 'invalid_request', message: 'The request is not valid HTTP.' },
  { of: [405], status: 405, code: 'method_not_allowed', message: 'This address is only read: GET or HEAD.' },
  { of: [411], status: 411, code: 'length_required', message: 'The request does not say how long its body is.' },
  { of: [413], status: 413, code: 'too_large', message: `The request is larger than ${show(uploadLimit)}.` },
  { of: [414], status: 414, code: 'too_long', message: 'The address of the request is too long.' },
  { of: [421], status: 421, code: 'misdirected', message: 'This connection was made for another site.' },
  // nginx has numbers of its own for a header that is too large, and for what is no TLS on the port of TLS.
  { of: [494], status: 431, code: 'header_too_large', message: 'The header of the request is too large.' },
  { of: [495, 496, 497], status: 400, code: 'https_only', message: 'This port speaks HTTPS alone.' },
  { of: [501], status: 501, code: 'not_implemented', message: 'The request has an encoding that is not known here.' },
  { of: [505], status: 505, code: 'version_not_supported', message: 'This version of HTTP is not spoken here.' },
]

/** Hidden from visitors by its dot; a named location would not do: a request that could not be read has no address. */
const place = ({ code }: Refusal): string => `/.edge/${code}`

/** What nginx turns to. In each location that has error pages of its own: those of the server do not hold there. */
export const refusalPages = (uploadLimit: Bytes): string =>
  refusals(uploadLimit)
    .map((one) => `error_page ${one.of.join(' ')} = ${place(one)};`)
    .join(' ')

/** A body that says what was wrong, in the API's own shape. */
export const problem = (code: string, message: string): string => `'${JSON.stringify({ error: { code, message } })}'`

/** The same for a whole server. */
export const refusalLocations = (uploadLimit: Bytes): string =>
  `    ${refusalPages(uploadLimit).replaceAll('; ', ';\n    ')}\n${refusals(uploadLimit).map(location).join('\n')}`

const location = (one: Refusal): string => `    location = ${place(one)} {
      internal;
      default_type application/json;
      more_set_headers "Cache-Control: no-store"${one.status === 405 ? ' "Allow: GET, HEAD"' : ''};
      return ${one.status} ${problem(one.code, one.message)};
    }`

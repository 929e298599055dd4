import { X509Certificate } from 'node:crypto'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { magnitude, show } from '../../src/core/units.ts'
import { type Answer, ask, authorities, connections, withSite } from './fetch.ts'
import { cdn } from './guarantees.ts'
import type { CdnEndpoint } from './local.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'
const handshakeWithinMs = 5000

/** Asks over plain HTTP and sees the redirects; shakes hands with each version of TLS; looks for HTTP/2 and HSTS. */
export async function https(endpoint: CdnEndpoint): Promise<Verdict> {
  const [page, plain, tls11, tls12, tls13] = await Promise.all([
    withSite(endpoint, ({ ask: get }) => get('/')),
    askPlain(endpoint),
    handshake(endpoint, 'TLSv1.1'),
    handshake(endpoint, 'TLSv1.2'),
    handshake(endpoint, 'TLSv1.3'),
  ])
  const hsts = Number(/max-age=(\d+)/.exec(page.header('strict-transport-security'))?.[1] ?? 0)
  const seen = measured({
    'plain HTTP': plain
      ? `GET ${plain.get.status}, HEAD ${plain.head.status}, POST ${plain.post.status}`
      : `nobody answers at ${endpoint.http}`,
    tls: [tls12, tls13].flatMap((found) => (found ? [found.version] : [])),
    'tls 1.1': tls11 === undefined ? 'refused' : 'accepted',
    alpn: tls13?.alpn ?? 'none',
    hsts: `${hsts} s`,
  })
  const problems = [
    plain && redirectProblem(plain, endpoint),
    tls11 === undefined ? undefined : 'TLS 1.1 is accepted',
    tls12 && tls13 ? undefined : 'TLS 1.2 or 1.3 is refused',
    tls13?.alpn === 'h2' ? undefined : 'HTTP/2 is not offered',
    hsts > 0 ? undefined : 'browsers are not told to stay on HTTPS (Strict-Transport-Security)',
  ]
  const problem = problems.find((found) => found !== undefined)
  if (problem !== undefined) return broken(seen, problem, next)
  return kept(seen)
}

type Plain = Readonly<Record<'get' | 'head' | 'post', Answer>>

/** Undefined where nobody listens: a site of somebody else may have closed the door that ours must keep open. */
async function askPlain(endpoint: CdnEndpoint): Promise<Plain | undefined> {
  const plain = connections(3, { connectTo: endpoint.connectTo })
  try {
    const [get, head, post] = await Promise.all([
      ask(`${endpoint.http}/some/page?a=1`, plain),
      ask(`${endpoint.http}/`, plain, { method: 'HEAD' }),
      ask(`${endpoint.http}/api/edge-check`, plain, { method: 'POST' }),
    ])
    return { get, head, post }
  } catch (error) {
    const nobody = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
    if (nobody && endpoint.machine === undefined) return undefined
    throw error
  } finally {
    plain.close()
  }
}

function redirectProblem({ get, head, post }: Plain, endpoint: CdnEndpoint): string | undefined {
  if (get.status !== 301 || head.status !== 301) return 'a plain GET or HEAD is not redirected for good (301)'
  // CloudFront redirects it for this once (307), and takes no other wish.
  const asPost = endpoint.machine ? [308] : [307, 308]
  if (!asPost.includes(post.status)) return 'a plain POST is not redirected as a POST (308)'
  const location = get.header('location')
  return location === `${endpoint.https}/some/page?a=1` ? undefined : `the redirect leads to ${location}`
}

type Handshake = {
  readonly version: string
  readonly alpn: string
  readonly certificate: X509Certificate
  readonly trusted: boolean
}

/** Undefined where the server refuses this version. A server that is away throws: it is no proof of anything. */
async function handshake(endpoint: CdnEndpoint, version: SecureVersion): Promise<Handshake | undefined> {
  const url = new URL(endpoint.https)
  const ca = await authorities(endpoint.ca)
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: endpoint.connectTo ?? url.hostname,
      port: Number(url.port === '' ? 443 : url.port),
      servername: endpoint.domain,
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
      // Whether it is trusted is what the check wants to say; refusing here would hide why.
      rejectUnauthorized: false,
      timeout: handshakeWithinMs,
      // OpenSSL's default level speaks no TLS 1.1 at all, and a client that cannot ask proves nothing.
      ...(version === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
      ca,
    })
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate()
      const alpn = socket.alpnProtocol === false || socket.alpnProtocol === null ? 'none' : socket.alpnProtocol
      if (shown) resolve({ version, alpn, certificate: shown, trusted: socket.authorized })
      else reject(new Error('the server showed no certificate'))
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy(new Error('no handshake in time')))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // No answer in time has no code and is no refusal.
      const { code = '' } = error
      const refused = code.startsWith('ERR_SSL') || code === 'EPROTO' || code === 'ECONNRESET'
      if (refused) resolve(undefined)
      else reject(error)
    })
  })
}

/** Who signed it, by the most telling of its names. */
const issuerOf = ({ issuer }: X509Certificate): string =>
  /^CN=(.+)$/m.exec(issuer)?.[1] ?? /^O=(.+)$/m.exec(issuer)?.[1] ?? issuer.replaceAll('\n', ', ')

/** The certificate that the server shows: its chain, its names, and how long it is still good. */
export async function certificate(endpoint: CdnEndpoint, world: World): Promise<Verdict> {
  const least = magnitude(cdn.certificate.above) / 86_400_000
  const shown = (await handshake(endpoint, 'TLSv1.3')) ?? (await handshake(endpoint, 'TLSv1.2'))
  const renew = 'edge deploy renews it'
  if (!shown) return broken(measured({}), 'the server speaks neither TLS 1.2 nor 1.3', next)
  const daysLeft = (shown.certificate.validToDate.getTime() - world.now().getTime()) / 86_400_000
  const named = shown.certificate.checkHost(endpoint.domain) !== undefined
  const seen = measured({
    names: endpoint.domain,
    'days left': Math.floor(daysLeft),
    trusted: shown.trusted ? 'yes' : 'no',
    issuer: issuerOf(shown.certificate),
    ...(endpoint.renewal === undefined ? {} : { renewed: endpoint.renewal }),
  })
  if (!named) return broken(seen, `it does not name ${endpoint.domain}`, renew)
  if (daysLeft <= 0) return broken(seen, 'it has expired', renew)
  if (!shown.trusted) return broken(seen, 'its chain does not lead to the trusted authority', renew)
  if (daysLeft <= least) return broken(seen, `it must have more than ${show(cdn.certificate.above)} left`, renew)
  return kept(seen)
}

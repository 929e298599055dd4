import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { magnitude, seconds, show } from '../../src/core/units.ts'
import { appRoutes } from './app-routes.ts'
import { findAssets } from './assets.ts'
import { authorities, hostOf, serverName } from '../../src/core/connection.ts'
import { type Answer, ask, connections, type SiteClient, untrusted, withSite } from './fetch.ts'
import { cdn } from './guarantees.ts'
import { type CdnEndpoint, ours, type Site } from './endpoint.ts'
import type { EdgeMachine } from './machine.ts'
import { readText } from '../../src/targets/local/files.ts'
import { certificateOf, certificateProblem } from '../../src/targets/local/site-certificate.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'
const handshakeWithinMs = 5000

/**
 * Asks over plain HTTP and sees the redirects; shakes hands with each version of TLS, and with ciphers that hide
 * nothing; looks for HTTP/2 and HSTS.
 */
export async function https(endpoint: CdnEndpoint): Promise<Verdict> {
  const [{ page, asset, routes }, tls10, tls11, tls12, tls13, weak] = await Promise.all([
    withSite(endpoint, (client) => whatVisitorsGet(client, endpoint)),
    handshake(endpoint, 'TLSv1'),
    handshake(endpoint, 'TLSv1.1'),
    handshake(endpoint, 'TLSv1.2'),
    handshake(endpoint, 'TLSv1.3'),
    handshake(endpoint, 'TLSv1.2', weakCiphers),
  ])
  const plain = await askPlain(endpoint, asset, routes)
  const hsts = Number(/max-age=(\d+)/.exec(page.header('strict-transport-security'))?.[1] ?? 0)
  const wanted = ours(endpoint)?.settings.hsts
  const seen = measured({
    'plain HTTP': plain
      ? [...Map.groupBy(plain, ({ method, answer }) => `${method} ${answer.status}`)].map(([how, of]) =>
          of.length === 1 ? how : `${how} on ${of.length} paths`,
        )
      : `nothing answers at ${endpoint.http}`,
    tls: [tls12, tls13].flatMap((found) => (found ? [found.version] : [])),
    'tls 1.0 and 1.1': [tls10, tls11].map((found) => (found ? 'accepted' : 'refused')).join(', '),
    'weak ciphers': weak ? `accepted (${weak.cipher})` : 'refused',
    alpn: tls13?.alpn ?? 'none',
    hsts: `${hsts} s`,
  })
  const problems = [
    plain && redirectProblem(plain, endpoint),
    plain && (await astrayProblem(endpoint)),
    tls10 === undefined ? undefined : 'TLS 1.0 is accepted',
    tls11 === undefined ? undefined : 'TLS 1.1 is accepted',
    weak && `a weak cipher is accepted (${weak.cipher})`,
    tls12 ? undefined : 'TLS 1.2 is refused',
    tls13 ? undefined : 'TLS 1.3 is refused',
    tls13?.alpn === 'h2' ? undefined : 'HTTP/2 is not offered',
    hsts > 0 ? undefined : 'browsers are not told to stay on HTTPS (Strict-Transport-Security)',
    wanted && hsts < seconds(wanted) ? `browsers stay on HTTPS for ${hsts} s, not for ${show(wanted)}` : undefined,
  ]
  const problem = problems.find((found) => found !== undefined)
  if (problem !== undefined) return broken(seen, problem, next)
  return kept(seen)
}

type Got = { readonly page: Answer; readonly asset?: string; readonly routes: readonly string[] }

/** The homepage, other pages, and a file with a hash that it names; none where there is no page, which other checks say. */
async function whatVisitorsGet(client: SiteClient, endpoint: CdnEndpoint): Promise<Got> {
  const page = await client.ask('/')
  if (page.status !== 200) return { page, routes: [] }
  const routes = await appRoutes(ours(endpoint), page.body.toString())
  const [asset] = (await findAssets(client)).hashed
  return { page, routes, ...(asset === undefined ? {} : { asset }) }
}

type Plain = readonly { readonly method: 'GET' | 'HEAD' | 'POST'; readonly path: string; readonly answer: Answer }[]

/**
 * Asks for what visitors ask for, too: one location of nginx may answer by itself while all others lead to HTTPS.
 * Undefined where nobody listens: a site of somebody else may have closed the door that ours must keep open.
 */
async function askPlain(
  endpoint: CdnEndpoint,
  asset: string | undefined,
  routes: readonly string[],
): Promise<Plain | undefined> {
  const files = [asset, endpoint.api?.health].filter((path) => path !== undefined)
  const gets = new Set(['/some/page?a=1', '/', ...routes, ...files])
  const wanted = [
    ...[...gets].map((path) => ({ method: 'GET' as const, path })),
    { method: 'HEAD' as const, path: '/' },
    { method: 'POST' as const, path: '/api/edge-check' },
  ]
  const plain = connections(4, { connectTo: endpoint.connectTo })
  try {
    return await Promise.all(
      wanted.map(async ({ method, path }) => {
        const headers = method === 'GET' && routes.includes(path) ? { accept: 'text/html' } : {}
        return { method, path, answer: await ask(`${endpoint.http}${path}`, plain, { method, headers }) }
      }),
    )
  } catch (error) {
    const nobody = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
    if (nobody && endpoint.on !== 'this machine') return undefined
    throw error
  } finally {
    plain.close()
  }
}

function redirectProblem(plain: Plain, endpoint: CdnEndpoint): string | undefined {
  // CloudFront redirects it for this once (307), and takes no other wish.
  const asPost = endpoint.on === 'this machine' ? [308] : [307, 308]
  const stays = plain.find(({ method, answer }) => !(method === 'POST' ? asPost : [301]).includes(answer.status))
  if (stays?.method === 'POST') return 'a plain POST is not redirected as a POST (308)'
  if (stays) return `a plain ${stays.method} of ${stays.path} is not redirected for good (301)`
  const astray = plain.find(({ path, answer }) => answer.header('location') !== `${endpoint.https}${path}`)
  return astray && `the redirect of ${astray.path} leads to ${astray.answer.header('location')}`
}

/** No visitor types it, and no name server knows it; a cache or a forged link could have a redirect lead there. */
const otherHost = 'edge-check.invalid'

/** Asks by another host's name: the redirect names the site itself, or nobody is led anywhere. */
async function astrayProblem(endpoint: Site): Promise<string | undefined> {
  const plain = connections(1, { connectTo: endpoint.connectTo })
  try {
    const answer = await ask(`${endpoint.http}/`, plain, { headers: { host: otherHost } })
    const to = answer.header('location')
    const isAstray = to !== '' && new URL(to, endpoint.https).hostname === otherHost
    return isAstray ? `whoever asks for ${otherHost} is led there (${to})` : undefined
  } finally {
    plain.close()
  }
}

/**
 * Without encryption, or with nobody's certificate: whoever sits in between reads along. Node's own OpenSSL offers them
 * at this level, so no program is needed; RC4 and 3DES neither it nor Debian's has, and who cannot ask proves nothing.
 */
const weakCiphers = 'eNULL:aNULL:@SECLEVEL=0'

/** OpenSSL's default level speaks no TLS 1.0 and 1.1 at all, and a client that cannot ask proves nothing. */
const oldCiphers = 'DEFAULT@SECLEVEL=0'
const isOld = (version: SecureVersion): boolean => version === 'TLSv1' || version === 'TLSv1.1'

/** What this machine's OpenSSL says where it could not even ask: no refusal of the server's. */
const cannotAsk = /^ERR_SSL_NO_(CIPHERS_AVAILABLE|CIPHER_MATCH|PROTOCOLS_AVAILABLE)$/

type Handshake = {
  readonly version: string
  readonly cipher: string
  readonly alpn: string
  /** Undefined where an anonymous cipher was agreed on. */
  readonly certificate: X509Certificate | undefined
  readonly trusted: boolean
}

/** Undefined where the server refuses this version. A server that is away throws: it is no proof of anything. */
async function handshake(
  endpoint: Site,
  version: SecureVersion,
  ciphers = isOld(version) ? oldCiphers : undefined,
): Promise<Handshake | undefined> {
  const url = new URL(endpoint.https)
  const ca = await authorities(endpoint.ca)
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: endpoint.connectTo ?? hostOf(url),
      port: Number(url.port === '' ? 443 : url.port),
      servername: serverName(endpoint.domain),
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
      // Whether it is trusted is what the check wants to say; refusing here would hide why.
      rejectUnauthorized: false,
      timeout: handshakeWithinMs,
      ...(ciphers === undefined ? {} : { ciphers }),
      ca,
    })
    socket.once('secureConnect', () => {
      const alpn = socket.alpnProtocol === false || socket.alpnProtocol === null ? 'none' : socket.alpnProtocol
      const { name: cipher } = socket.getCipher()
      resolve({ version, cipher, alpn, certificate: socket.getPeerX509Certificate(), trusted: socket.authorized })
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy(new Error('no handshake in time')))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // No answer in time has no code and is no refusal.
      const { code = '' } = error
      const refused = code.startsWith('ERR_SSL') || code === 'EPROTO' || code === 'ECONNRESET'
      if (refused && !cannotAsk.test(code)) resolve(undefined)
      else reject(error)
    })
  })
}

/** What nginx would start with next, which need not be what it has in memory; undefined where that is the same. */
async function placedProblem(
  files: EdgeMachine['tls'],
  shown: X509Certificate,
  domain: string,
  world: World,
): Promise<string | undefined> {
  const [placed, key] = await Promise.all([readText(files.certificate), readText(files.key)])
  const gone = (path: string): string => `${path} is gone: nginx has it in memory, and would not start again`
  if (placed === undefined) return gone(files.certificate)
  if (key === undefined) return gone(files.key)
  const problem = certificateProblem(placed, key, domain, world.now())
  if (problem) return `${files[problem.field]} ${problem.what}: nginx has the one before in memory`
  const same = certificateOf(placed)?.fingerprint256 === shown.fingerprint256
  return same ? undefined : `nginx shows another certificate than ${files.certificate} has`
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
  const { certificate: own, trusted } = shown
  if (!own) throw new Error('the server showed no certificate')
  const agentRuns = endpoint.on !== 'this machine' || (await endpoint.machine.agentRuns(world))
  const daysLeft = (own.validToDate.getTime() - world.now().getTime()) / 86_400_000
  const { domain } = endpoint
  const named = (isIP(domain) === 0 ? own.checkHost(domain) : own.checkIP(domain)) !== undefined
  const seen = measured({
    names: endpoint.domain,
    'days left': Math.floor(daysLeft),
    trusted: trusted ? 'yes' : 'no',
    issuer: issuerOf(own),
    ...(endpoint.on === 'this machine' ? { renewed: endpoint.renewal } : {}),
    ...(agentRuns ? {} : { agent: 'does not run' }),
  })
  if (!named) return broken(seen, `it does not name ${endpoint.domain}`, renew)
  if (daysLeft <= 0) return broken(seen, 'it has expired', renew)
  if (!trusted) return broken(seen, untrusted, renew)
  if (daysLeft <= least) return broken(seen, `it must have more than ${show(cdn.certificate.above)} left`, renew)
  const placed =
    endpoint.on === 'this machine' ? await placedProblem(endpoint.machine.tls, own, domain, world) : undefined
  if (placed !== undefined) return broken(seen, placed, 'edge deploy puts it back')
  // Good for long, and for nobody to renew: it would be missed on the day when it is too late.
  if (!agentRuns) return broken(seen, 'the agent does not run, and it is the one that looks after it', 'edge deploy')
  return kept(seen)
}

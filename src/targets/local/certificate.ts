import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../../core/errors.ts'
import type { Observation, Step, Unowned } from '../../core/plan.ts'
import type { Command, World } from '../../core/world.ts'
import { readText, writeAtomically } from './files.ts'
import { daysLeft } from './renewal.ts'

export type TlsFiles = { readonly ca: string; readonly certificate: string; readonly key: string }

export const tlsFiles = (state: string): TlsFiles => ({
  ca: join(state, 'tls', 'ca.crt'),
  certificate: join(state, 'tls', 'server.crt'),
  key: join(state, 'tls', 'server.key'),
})

/** Ten years: it is trusted by hand, once. A server certificate above 825 days is refused by Apple's clients. */
const days = { authority: 3650, server: 397 }
/** cdn.certificate promises more than 30 days left; renewed well before. */
const renewBelowDays = 60

/** The step's name. All engines that speak TLS stand on it, of whichever component they are. */
export const certificateName = 'certificate'

/**
 * The local certificate authority and the server's certificate, made by openssl. The authority's key never leaves
 * `tls/`, and the authority may sign for the instance's own names only.
 */
export function certificateStep(state: string, domain: string): Unowned<Step> {
  const files = tlsFiles(state)
  const authorityKey = join(state, 'tls', 'ca.key')
  const names = [...new Set([domain, 'localhost'])]
  return {
    kind: 'step',
    name: certificateName,
    title: 'certificate',
    after: [],
    observe: (world) => observe(files, authorityKey, names, world.now()),
    ensure: async (world) => {
      const now = world.now()
      if ((await authorityProblem(files.ca, authorityKey, names, now)) !== undefined) {
        await makeAuthority(files.ca, authorityKey, names, world)
      }
      await makeServerCertificate(files, authorityKey, names, world)
    },
    detail: async () => {
      const server = await readCertificate(files.certificate)
      return server ? `${names.join(', ')}, until ${server.validToDate.toISOString().slice(0, 10)}` : ''
    },
  }
}

async function observe(files: TlsFiles, authorityKey: string, names: string[], now: Date): Promise<Observation> {
  const authority = await authorityProblem(files.ca, authorityKey, names, now)
  if (authority !== undefined) return { missing: authority }
  const [ca, server, key] = await Promise.all([
    readCertificate(files.ca),
    readCertificate(files.certificate),
    readText(files.key),
  ])
  if (!ca || !server || key === undefined) return { missing: 'no server certificate' }
  if (!server.checkIssued(ca) || !server.verify(ca.publicKey)) return { missing: 'signed by another authority' }
  if (!matches(server, key)) return { missing: 'the key is not that of the certificate' }
  const unnamed = names.find((name) => server.checkHost(name) === undefined)
  if (unnamed !== undefined) return { missing: `it does not name ${unnamed}` }
  if (!(daysLeft(server, now) > renewBelowDays)) return { missing: `${Math.floor(daysLeft(server, now))} days left` }
  return 'done'
}

async function authorityProblem(
  path: string,
  keyPath: string,
  names: readonly string[],
  now: Date,
): Promise<string | undefined> {
  const [certificate, key] = await Promise.all([readCertificate(path), readKey(keyPath)])
  if (!certificate && key === undefined) return 'no certificate authority'
  if (!certificate) return "the authority's certificate is gone: it is made again from its key, and trusted as before"
  if (key === undefined)
    return "the authority's key is gone: whoever imported its certificate has to import another one"
  if (!matches(certificate, key)) return "the authority's key is not that of its certificate"
  // It may sign for the names only that it was made for, and its subject tells them apart.
  if (certificate.subject !== `CN=${authorityName(names)}`) return 'the certificate authority is for another domain'
  // A certificate must not outlive the authority that signed it.
  return daysLeft(certificate, now) > days.server ? undefined : 'the certificate authority is about to expire'
}

function matches(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

async function readCertificate(path: string): Promise<X509Certificate | undefined> {
  const text = await readText(path)
  try {
    return text === undefined ? undefined : new X509Certificate(text)
  } catch {
    // A damaged file is a missing one: it is made anew.
    return undefined
  }
}

/** As certificates: a damaged one is a missing one. */
async function readKey(path: string): Promise<string | undefined> {
  const text = await readText(path)
  try {
    if (text !== undefined) createPrivateKey(text)
    return text
  } catch {
    return undefined
  }
}

/** X.509 has 64 characters for a name, and a domain may be four times as long: the names as a hash. */
const authorityName = (names: readonly string[]): string =>
  `edge local authority ${createHash('sha256').update(names.join(' ')).digest('hex').slice(0, 12)}`

const alternativeNames = (names: readonly string[]): string =>
  [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1', 'IP:::1'].join(',')

const newKeyOf = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'] as const
/** A certificate with a new key; `-subj` and what it is for come behind. */
const newCertificateOf = ['openssl', 'req', '-x509', ...newKeyOf] as const

/** Of one whose certificate alone is gone, the key is kept: whoever imported that trusts what is signed with it. */
const keptKey = async (ca: string, key: string): Promise<string | undefined> =>
  (await readCertificate(ca)) === undefined ? readKey(key) : undefined

async function makeAuthority(ca: string, key: string, names: readonly string[], world: World): Promise<void> {
  const permitted = [
    ...names.map((name) => `permitted;DNS:${name}`),
    'permitted;IP:127.0.0.0/255.0.0.0',
    'permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ].join(',')
  const kept = await keptKey(ca, key)
  if (kept !== undefined) await writeAtomically(`${key}.new`, kept)
  await openssl(world, [key, ca], ([newKey, newCertificate]) => [
    'openssl',
    'req',
    '-x509',
    ...(kept === undefined ? [...newKeyOf, '-keyout', newKey] : ['-key', newKey]),
    '-subj',
    `/CN=${authorityName(names)}`,
    '-days',
    String(days.authority),
    '-addext',
    'basicConstraints=critical,CA:TRUE,pathlen:0',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
    '-addext',
    `nameConstraints=critical,${permitted}`,
    '-out',
    newCertificate,
  ])
}

async function makeServerCertificate(
  files: TlsFiles,
  authorityKey: string,
  names: readonly string[],
  world: World,
): Promise<void> {
  await openssl(world, [files.key, files.certificate], ([newKey, newCertificate]) => [
    ...newCertificateOf,
    '-subj',
    // The names that count stand in subjectAltName, which has room for them.
    '/CN=edge',
    '-days',
    String(days.server),
    '-CA',
    files.ca,
    '-CAkey',
    authorityKey,
    '-addext',
    `subjectAltName=${alternativeNames(names)}`,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    '-addext',
    'keyUsage=critical,digitalSignature',
    '-addext',
    'extendedKeyUsage=serverAuth,clientAuth',
    '-keyout',
    newKey,
    '-out',
    newCertificate,
  ])
}

/** Lets openssl write beside the real files and then puts both in place: an interrupted run leaves the old pair. */
async function openssl(
  world: World,
  [key, certificate]: readonly [key: string, certificate: string],
  command: (files: readonly [key: string, certificate: string]) => Command,
): Promise<void> {
  const made = [`${key}.new`, `${certificate}.new`] as const
  try {
    const ran = await world.run(command(made))
    if (ran.code !== 0)
      throw new OperatorError('certificate', `openssl said:\n${ran.stderr.trim()}`, 'is openssl 3 installed?')
    for (const [from, to] of [
      [made[0], key],
      [made[1], certificate],
    ] as const) {
      await writeAtomically(to, (await readText(from)) ?? '')
    }
  } finally {
    await Promise.all(made.map((path) => rm(path, { force: true })))
  }
}

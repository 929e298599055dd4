import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { exit, messageOf, OperatorError } from '../../core/errors.ts'
import { tlsFiles } from './certificate.ts'
import { makePrivateDirectory, readText, writeAtomically } from './files.ts'

/** Files of the operator's, as the configuration names them. */
type GivenFiles = {
  readonly certificate: string
  readonly key: string
  readonly authority?: string | undefined
}

/** Where a certificate is ordered, as the configuration says it. */
export type AcmeSettings = {
  readonly email: string
  readonly directory: string
  readonly authority?: string | undefined
}

export type SiteCertificate = 'local' | { readonly files: GivenFiles } | { readonly acme: AcmeSettings }

/** What the site shows to visitors: the instance's own certificate, a copy of the operator's, or an ordered one. */
export type SiteTls = {
  readonly certificate: string
  readonly key: string
  /** The authority to trust for it; none where every machine knows it. */
  readonly ca?: string
  /** Where it is ordered; there only for a certificate that is. */
  readonly acme?: AcmeSettings
  /** How it is renewed, in words. */
  readonly renewal: string
}

const folderOf = (state: string): string => join(state, 'certificate')

export function siteTls(state: string, certificate: SiteCertificate): SiteTls {
  if (certificate === 'local') return { ...tlsFiles(state), renewal: "by the agent, from the instance's own authority" }
  if ('files' in certificate) {
    const folder = folderOf(state)
    return {
      certificate: join(folder, 'certificate.pem'),
      key: join(folder, 'key.pem'),
      ...(certificate.files.authority === undefined ? {} : { ca: join(folder, 'authority.pem') }),
      renewal: 'by you; the agent takes over your files',
    }
  }
  const { acme } = certificate
  const { site, authority } = acmeFiles(state)
  return {
    certificate: site,
    key: site,
    ...(acme.authority === undefined ? {} : { ca: authority }),
    acme,
    renewal: `by the agent, ordered from ${new URL(acme.directory).host}`,
  }
}

/** What there is of an ordered certificate. */
export const acmeFiles = (state: string) => {
  const folder = join(state, 'acme')
  return {
    folder,
    /** Key and chain in one file: whoever is killed between two of them leaves a pair that nginx does not start with. */
    site: join(folder, 'site.pem'),
    account: join(folder, 'account.pem'),
    authority: join(folder, 'authority.pem'),
    challenges: join(folder, 'challenges'),
  }
}

/** A file of the operator's, and where its copy belongs: the originals often are root's alone. */
export type Given = { readonly path: string; readonly content: string }

/** Reads what the configuration names of the operator's files, and looks at it. Throws OperatorError (exit 2) with what is wrong. */
export async function readGiven(
  state: string,
  certificate: SiteCertificate,
  { directory, domain }: { readonly directory: string; readonly domain: string },
  now: Date,
): Promise<readonly Given[]> {
  const read = (field: string, path: string): Promise<string> =>
    readFile(resolve(directory, path), 'utf8').catch((error: unknown) => {
      throw refusal(field, `cannot be read: ${messageOf(error)}`)
    })
  if (certificate === 'local') return []
  if ('acme' in certificate) {
    const { authority } = certificate.acme
    if (authority === undefined) return []
    const content = await read('acme.authority', authority)
    if (certificateOf(content) === undefined) throw refusal('acme.authority', 'is no certificate in PEM form')
    return [{ path: acmeFiles(state).authority, content }]
  }
  const { files } = certificate
  const to = siteTls(state, certificate)
  const [shown, key] = [await read('files.certificate', files.certificate), await read('files.key', files.key)]
  const problem = certificateProblem(shown, key, domain, now)
  if (problem !== undefined) throw refusal(`files.${problem.field}`, problem.what)
  return [
    { path: to.key, content: key },
    { path: to.certificate, content: shown },
    ...(files.authority === undefined || to.ca === undefined
      ? []
      : [{ path: to.ca, content: await read('files.authority', files.authority) }]),
  ]
}

/** Puts copies of the operator's files where the engines' user may read them; by that user, in folders of its own. */
export async function keepGiven(given: readonly Given[]): Promise<{ readonly changed: boolean }> {
  let changed = false
  for (const { path, content } of given) {
    await makePrivateDirectory(dirname(path))
    if ((await readText(path)) === content) continue
    await writeAtomically(path, content)
    changed = true
  }
  return { changed }
}

const refusal = (field: string, what: string): OperatorError =>
  new OperatorError(
    `serve.certificate.${field}`,
    what,
    'nothing was changed; the certificate before is still shown',
    exit.usage,
  )

/** Why a certificate cannot be shown for a domain; undefined where it can. */
export function certificateProblem(
  certificate: string,
  key: string,
  domain: string,
  now: Date,
): { readonly field: 'certificate' | 'key'; readonly what: string } | undefined {
  const seen = certificateOf(certificate)
  if (!seen) return { field: 'certificate', what: 'is no certificate in PEM form' }
  const until = seen.validToDate.toISOString().slice(0, 10)
  if (seen.validToDate <= now) return { field: 'certificate', what: `expired on ${until}` }
  if (seen.validFromDate > now) {
    return { field: 'certificate', what: `is valid only from ${seen.validFromDate.toISOString().slice(0, 10)} on` }
  }
  if (seen.checkHost(domain) === undefined) {
    return { field: 'certificate', what: `does not name ${domain} (it names ${seen.subjectAltName ?? seen.subject})` }
  }
  try {
    if (seen.checkPrivateKey(createPrivateKey(key))) return undefined
    return { field: 'key', what: 'is not the key of that certificate' }
  } catch {
    return { field: 'key', what: 'is no private key in PEM form, or it has a password' }
  }
}

/** The first certificate in a PEM text; undefined where there is none. */
export function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

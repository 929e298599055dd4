import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf, OperatorError } from '../../core/errors.ts'
import { tlsFiles } from './certificate.ts'
import { makePrivateDirectory, readText, writeAtomically } from './files.ts'

/** Files of the operator's, as the configuration names them. */
export type GivenFiles = {
  readonly certificate: string
  readonly key: string
  readonly authority?: string | undefined
}

/** What the site shows to visitors: the instance's own certificate, or a copy of the operator's. */
export type SiteTls = {
  readonly certificate: string
  readonly key: string
  /** The authority to trust for it; none where every machine knows it. */
  readonly ca?: string
}

const folderOf = (state: string): string => join(state, 'certificate')

export function siteTls(state: string, certificate: 'local' | { readonly files: GivenFiles }): SiteTls {
  if (certificate === 'local') return tlsFiles(state)
  const folder = folderOf(state)
  return {
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
    ...(certificate.files.authority === undefined ? {} : { ca: join(folder, 'authority.pem') }),
  }
}

/** What the operator's files say: it is copied, as the originals often are root's alone. */
export type Given = { readonly certificate: string; readonly key: string; readonly authority: string | undefined }

/** Reads the operator's certificate and looks at it. Throws OperatorError (exit 2) with what is wrong. */
export async function readGiven(
  files: GivenFiles,
  { directory, domain }: { readonly directory: string; readonly domain: string },
  now: Date,
): Promise<Given> {
  const read = (field: string, path: string): Promise<string> =>
    readFile(resolve(directory, path), 'utf8').catch((error: unknown) => {
      throw refusal(`files.${field}`, `cannot be read: ${messageOf(error)}`)
    })
  const certificate = await read('certificate', files.certificate)
  const key = await read('key', files.key)
  const problem = certificateProblem(certificate, key, domain, now)
  if (problem !== undefined) throw refusal(`files.${problem.field}`, problem.what)
  const authority = files.authority === undefined ? undefined : await read('authority', files.authority)
  return { certificate, key, authority }
}

/** Puts the operator's certificate where nginx reads it; by the engines' user, in its own folder. */
export async function keepGiven(state: string, files: GivenFiles, given: Given): Promise<void> {
  const to = siteTls(state, { files })
  await makePrivateDirectory(folderOf(state))
  for (const [path, content] of [
    [to.key, given.key],
    [to.certificate, given.certificate],
    [to.ca, given.authority],
  ] as const) {
    if (path === undefined || content === undefined || (await readText(path)) === content) continue
    await writeAtomically(path, content)
  }
}

const refusal = (field: string, what: string): OperatorError =>
  new OperatorError(`serve.certificate.${field}`, what, 'nothing was changed; the certificate before is still shown', 2)

/** Why a certificate cannot be shown for a domain; undefined where it can. */
export function certificateProblem(
  certificate: string,
  key: string,
  domain: string,
  now: Date,
): { readonly field: 'certificate' | 'key'; readonly what: string } | undefined {
  const read = (): X509Certificate | undefined => {
    try {
      return new X509Certificate(certificate)
    } catch {
      return undefined
    }
  }
  const seen = read()
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

import { stat } from 'node:fs/promises'
import { exit, messageOf, OperatorError } from '../core/errors.ts'
import { readText } from '../targets/local/files.ts'

/** How a server that speaks S3 is reached, always by TLS; where it is, the address of what lies there says. */
export type S3Access = {
  readonly region: string
  /** A file of AWS's form; programs read it themselves, or are handed what is in it by a file. */
  readonly credentialsFile: string
  /** The authority of its certificate, where the machine does not know it. */
  readonly ca?: string | undefined
}

/** A place in a bucket: `https://HOST[:PORT]/BUCKET[/FOLDER]`. */
export type S3Place = { readonly host: string; readonly port: number; readonly bucket: string; readonly folder: string }

export const isAddress = (place: string): boolean => place.startsWith('https://')

export function placeOf(address: string): S3Place {
  const { hostname, port, pathname } = new URL(address)
  const [, bucket = '', ...below] = pathname.split('/')
  return { host: hostname, port: Number(port || 443), bucket, folder: `/${below.filter(Boolean).join('/')}` }
}

export type S3Credentials = { readonly id: string; readonly secret: string }

const form = '[default], aws_access_key_id = …, aws_secret_access_key = …: each on a line of its own'

/** What stands under `[default]`. Throws OperatorError where it is not there, not whole, or where others may read it. */
export async function readCredentials({ credentialsFile: file }: S3Access): Promise<S3Credentials> {
  const refused = (what: string, hint: string): OperatorError =>
    new OperatorError('backup.s3.credentialsFile', `${file} ${what}`, hint, exit.usage)
  const text = await readText(file).catch((error: unknown) => {
    throw refused(`cannot be read: ${messageOf(error)}`, "it has to belong to the engines' user")
  })
  if (text === undefined) throw refused('is not there', `write it: ${form}`)
  if (((await stat(file)).mode & 0o077) !== 0) throw refused('can be read by others', `chmod 600 ${file}`)
  const [, own = ''] = /^\s*\[default\]\s*$([^[]*)/m.exec(text) ?? []
  const valueOf = (name: string) => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(own)?.[1]
  const [id, secret] = [valueOf('aws_access_key_id'), valueOf('aws_secret_access_key')]
  if (id === undefined || secret === undefined) throw refused('has no credentials', `write them: ${form}`)
  return { id, secret }
}

import { createHash, createHmac } from 'node:crypto'

/** Whose token it is, for which door; it is valid for a quarter of an hour. */
export type Asked = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly region: string
  readonly key: string
  readonly secret: string
  readonly session?: string | undefined
  readonly now: Date
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
/** As RFC 3986 has it: encodeURIComponent leaves five characters as they are. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * What RDS takes in the place of a password: the signed address of a door (Signature Version 4, as the SDK's own signer
 * makes it, which the runtime of Lambda does not promise to have). It is made here and asks nobody, so that who reads a
 * restored copy needs no way to any service, and no password is made that somebody would have to keep.
 */
export function iamToken({ host, port, user, region, key, secret, session, now }: Asked): string {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const scope = [stamp.slice(0, 8), region, 'rds-db', 'aws4_request']
  const query = Object.entries({
    Action: 'connect',
    DBUser: user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [key, ...scope].join('/'),
    'X-Amz-Date': stamp,
    'X-Amz-Expires': '900',
    ...(session === undefined ? {} : { 'X-Amz-Security-Token': session }),
    'X-Amz-SignedHeaders': 'host',
  })
    .map((one) => one.map(encoded).join('='))
    .join('&')
  const canonical = ['GET', '/', query, `host:${host}:${port}`, '', 'host', sha256('')].join('\n')
  const signed = ['AWS4-HMAC-SHA256', stamp, scope.join('/'), sha256(canonical)].join('\n')
  const signing = scope.reduce<string | Buffer>((so, part) => hmac(so, part), `AWS4${secret}`)
  return `${host}:${port}/?${query}&X-Amz-Signature=${hmac(signing, signed).toString('hex')}`
}

import { X509Certificate } from 'node:crypto'
import { get } from 'node:https'
import { ask, connections } from '../infrastructure/cdn/fetch.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()

/** The serial number of the certificate that a visitor is shown, whoever signed it. */
export async function shownSerial(https: number, domain: string): Promise<string> {
  const at = ['-connect', `127.0.0.1:${https}`, '-servername', domain]
  const { stdout } = await world.run(['openssl', 's_client', ...at], { input: '' })
  return new X509Certificate(stdout.slice(stdout.indexOf('-----BEGIN'))).serialNumber
}

/** What a visitor is answered without TLS. */
export async function plainly(http: number, path: string, method: 'GET' | 'POST' = 'GET') {
  const plain = connections(1)
  try {
    const { status, header } = await ask(`http://127.0.0.1:${http}${path}`, plain, { method })
    return { status, location: header('location') }
  } finally {
    plain.close()
  }
}

/** A page, as a visitor sees it who trusts an authority. */
export function visited(
  https: number,
  domain: string,
  ca: string,
): Promise<{ readonly status?: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = get(
      { host: '127.0.0.1', port: https, servername: domain, headers: { host: domain }, ca },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text: string) => (body += text))
        answer.once('end', () =>
          resolve({ ...(answer.statusCode === undefined ? {} : { status: answer.statusCode }), body }),
        )
      },
    )
    asked.once('error', reject)
  })
}

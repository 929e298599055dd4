import { readFile } from 'node:fs/promises'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { messageOf } from '../../core/errors.ts'

/** What a door did with somebody who came without what opens it. */
export type Tried = { readonly refused: boolean; readonly said: string }

const answersWithinMs = 5000
/** Sent as either way in begins: whatever comes back was let in. */
const question = 'GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
/** TLS's own words for it: bad certificate, certificate required. */
const noCertificate = /SSL alert number (42|116)\b/

/**
 * Comes over TLS and shows no certificate. With TLS 1.3 a client hears only after the handshake that it is not let in. One
 * that is away, or refuses for another reason, is no proof.
 */
export async function tryWithoutCertificate(port: number, ca: string): Promise<Tried> {
  const authority = await readFile(ca, 'utf8')
  const socket = connectTls({ port, host: '127.0.0.1', ca: authority })
  const { answered, error } = await ask(socket, 'secureConnect')
  if (answered !== undefined) return { refused: false, said: 'answers a client that shows no certificate' }
  const why = error ?? 'it hangs up'
  if (noCertificate.test(why)) return { refused: true, said: 'refuses' }
  return { refused: false, said: `is not seen to refuse a client without a certificate: ${why}` }
}

/** Comes over plain HTTP. A server of TLS hangs up, or says in TLS or in one line of HTTP that this is none. */
export async function tryInPlainHttp(port: number): Promise<Tried> {
  const { answered, error } = await ask(connectPlain({ port, host: '127.0.0.1' }), 'connect')
  if (answered !== undefined) {
    const refused = answered.startsWith('\u0015\u0003') || /HTTP request to an HTTPS server/.test(answered)
    return { refused, said: refused ? 'refuses' : 'answers over plain HTTP' }
  }
  if (error === undefined || /ECONNRESET/.test(error)) return { refused: true, said: 'refuses' }
  return { refused: false, said: `is not seen to refuse plain HTTP: ${error}` }
}

/** Asks once it is connected, and answers the first bytes that come back, or why none did; neither where it hung up. */
function ask(socket: Socket, connected: 'connect' | 'secureConnect') {
  return new Promise<{ readonly answered?: string; readonly error?: string }>((resolve) => {
    const end = (seen: { readonly answered?: string; readonly error?: string }): void => {
      socket.destroy()
      resolve(seen)
    }
    socket.setTimeout(answersWithinMs, () => end({ error: `no answer within ${answersWithinMs / 1000} s` }))
    socket.once(connected, () => socket.write(question))
    socket.once('data', (data: Buffer) => end({ answered: data.toString('latin1') }))
    socket.once('error', (error: NodeJS.ErrnoException) => end({ error: `${error.code ?? ''} ${messageOf(error)}` }))
    socket.once('close', () => end({}))
  })
}

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as plainly } from 'node:net'
import { connect as overTls, type TLSSocket } from 'node:tls'

/** Where to sign in, over TLS alone, and as whom. `password` may be a token of IAM. */
export type Server = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
}

/** What a driver and this have in common: a statement, and its rows as texts. */
export type Asks = { readonly query: <Row extends object>(statement: string) => Promise<{ readonly rows: Row[] }> }
export type Wire = Asks & { readonly end: () => void }

type Message = { readonly letter: string; readonly body: Buffer }

/** A server that is there answers within a second; one that hangs must not hold a function until its time is over. */
const answersWithinMs = 20_000

/**
 * As much of PostgreSQL's protocol as a function of AWS takes, whose runtime has no driver, and whose template has no room
 * for one: signing in by SCRAM, or in clear within TLS as RDS asks for a token, and simple queries.
 */
export async function signIn(server: Server): Promise<Wire> {
  const socket = await encrypted(server)
  try {
    const messages = messagesOf(socket)
    const next = async (): Promise<Message> => {
      const { value, done } = await messages.next()
      if (done) throw new Error('the database ended the connection')
      return value
    }
    socket.write(message('', number(196_608), `user\0${server.user}\0database\0${server.database}\0\0`))
    await authenticated(server, next, (...parts) => socket.write(message('p', ...parts)))
    await ready(next)
    // From here on a statement may take as long as it takes.
    socket.setTimeout(0)
    return {
      query: async <Row extends object>(statement: string) => {
        socket.write(message('Q', `${statement}\0`))
        // Each row is what its statement names; who asks knows what that is.
        return { rows: (await answered(next)) as Row[] }
      },
      end: () => void socket.destroy(),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function encrypted({ host, port }: Server): Promise<TLSSocket> {
  const plain = plainly(port, host)
  try {
    plain.setTimeout(answersWithinMs, () => plain.destroy(new Error(`${host} does not answer`)))
    await once(plain, 'connect')
    plain.write(message('', number(80_877_103)))
    // One that closes without a word would be waited for as long as the function may run.
    const closed = once(plain, 'close').then(() => Promise.reject(new Error(`${host} ended the connection`)))
    const [answer]: unknown[] = await Promise.race([once(plain, 'data'), closed])
    if (String(answer) !== 'S') throw new Error(`${host} speaks no TLS`)
    plain.setTimeout(0)
  } catch (error) {
    plain.destroy()
    throw error
  }
  const socket = overTls({ socket: plain, host })
  socket.setTimeout(answersWithinMs, () => socket.destroy(new Error(`${host} does not answer`)))
  await once(socket, 'secureConnect')
  return socket
}

async function* messagesOf(socket: TLSSocket): AsyncGenerator<Message, undefined> {
  let rest = Buffer.alloc(0)
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1
      yield { letter: String.fromCharCode(rest[0] ?? 0), body: rest.subarray(5, end) }
      rest = rest.subarray(end)
    }
  }
  return undefined
}

async function authenticated(
  { password }: Server,
  next: () => Promise<Message>,
  answer: (...parts: (string | Buffer)[]) => void,
): Promise<void> {
  const begun = `n=,r=${randomBytes(18).toString('base64')}`
  for (;;) {
    const { letter, body } = await next()
    if (letter === 'E') throw failure(body)
    if (letter !== 'R') continue
    const kind = body.readInt32BE(0)
    if (kind === 0) return
    else if (kind === 3) answer(`${password}\0`)
    else if (kind === 10) answer('SCRAM-SHA-256\0', number(begun.length + 3), `n,,${begun}`)
    else if (kind === 11) answer(proof(password, begun, body.subarray(4).toString()))
    else if (kind !== 12) throw new Error(`the database asks to sign in by ${kind}, which is not spoken here`)
  }
}

/** Signed in is not let in: the database may not be there, or have no room. */
async function ready(next: () => Promise<Message>): Promise<void> {
  for (;;) {
    const { letter, body } = await next()
    if (letter === 'E') throw failure(body)
    if (letter === 'Z') return
  }
}

async function answered(next: () => Promise<Message>): Promise<readonly object[]> {
  const rows: object[] = []
  let [names, failed]: [readonly string[], Error | undefined] = [[], undefined]
  for (;;) {
    const { letter, body } = await next()
    if (letter === 'T') names = namesIn(body)
    if (letter === 'D') rows.push(rowIn(body, names))
    if (letter === 'E') failed = failure(body)
    if (letter !== 'Z') continue
    if (failed) throw failed
    return rows
  }
}

/** Of the columns: each has 18 bytes of numbers behind its name. */
function namesIn(body: Buffer): readonly string[] {
  const names: string[] = []
  for (let from = 2; from < body.length;) {
    const end = body.indexOf(0, from)
    names.push(body.toString('utf8', from, end))
    from = end + 19
  }
  return names
}

function rowIn(body: Buffer, names: readonly string[]): object {
  let from = 2
  const values = names.map((name): readonly [string, string | null] => {
    const length = body.readInt32BE(from)
    from += 4 + Math.max(0, length)
    return [name, length < 0 ? null : body.toString('utf8', from - length, from)]
  })
  return Object.fromEntries(values)
}

/** In the server's own words, with its code. */
function failure(body: Buffer): Error {
  const fields = new Map(
    body
      .toString()
      .split('\0')
      .map((field) => [field.charAt(0), field.slice(1)]),
  )
  return Object.assign(new Error(fields.get('M') ?? 'the database refuses'), { code: fields.get('C') })
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function message(letter: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from(letter), number(body.length + 4), body])
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** The proof of the password that SCRAM-SHA-256 asks for (RFC 5802). */
function proof(password: string, begun: string, first: string): string {
  const [nonce = '', salt = '', rounds] = first.split(',').map((word) => word.slice(2))
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
  const key = hmac(salted, 'Client Key')
  const last = `c=biws,r=${nonce}`
  const signature = hmac(createHash('sha256').update(key).digest(), `${begun},${first},${last}`)
  return `${last},p=${Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64')}`
}

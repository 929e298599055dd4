// Runs on AWS once a minute: on a primary that nobody writes to, RDS's ReplicaLag climbs to five minutes, and the alarm about
// it would ring. A transaction of its own, which changes nothing, is all that the replica needs to see. The stack carries this
// text as it is, into a runtime that has the SDK and no driver: so it speaks as much of PostgreSQL's protocol as it takes.
const { createHash, createHmac, pbkdf2Sync, randomBytes } = require('node:crypto')
const { once } = require('node:events')
const net = require('node:net')
const tls = require('node:tls')

const number = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])
const message = (letter, ...parts) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from(letter), number(body.length + 4), body])
}
const hmac = (key, text) => createHmac('sha256', key).update(text).digest()

async function encrypted({ host, port }) {
  const plain = net.connect(port, host)
  await once(plain, 'connect')
  plain.write(message('', number(80877103)))
  const [answer] = await once(plain, 'data')
  if (String(answer) !== 'S') throw new Error(`${host} speaks no TLS`)
  const socket = tls.connect({ socket: plain, host })
  await once(socket, 'secureConnect')
  return socket
}

async function* answers(socket) {
  let rest = Buffer.alloc(0)
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1
      yield { letter: String.fromCharCode(rest[0]), body: rest.subarray(5, end) }
      rest = rest.subarray(end)
    }
  }
}

/** The proof of the password that SCRAM-SHA-256 asks for (RFC 5802). */
function proof(password, begun, first) {
  const [nonce, salt, rounds] = first.split(',').map((word) => word.slice(2))
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
  const key = hmac(salted, 'Client Key')
  const last = `c=biws,r=${nonce}`
  const signature = hmac(createHash('sha256').update(key).digest(), `${begun},${first},${last}`)
  return `${last},p=${key.map((byte, index) => byte ^ signature[index]).toString('base64')}`
}

exports.handler = async () => {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const asked = new GetSecretValueCommand({ SecretId: process.env.SECRET })
  const its = JSON.parse((await new SecretsManagerClient({}).send(asked)).SecretString)
  const socket = await encrypted(its)
  const begun = `n=,r=${randomBytes(18).toString('base64')}`
  socket.write(message('', number(196608), `user\0${its.username}\0database\0${process.env.DATABASE}\0\0`))
  let isIn = false
  for await (const { letter, body } of answers(socket)) {
    const kind = letter === 'R' ? body.readInt32BE(0) : undefined
    if (letter === 'E') throw new Error(body.toString().replaceAll('\0', ' '))
    if (kind === 10) socket.write(message('p', 'SCRAM-SHA-256\0', number(begun.length + 3), `n,,${begun}`))
    if (kind === 11) socket.write(message('p', proof(its.password, begun, body.subarray(4).toString())))
    if (letter !== 'Z') continue
    if (isIn) return void socket.destroy()
    isIn = true
    socket.write(message('Q', 'select pg_current_xact_id()\0'))
  }
  throw new Error('the database ended the connection')
}

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer as createHttps } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createServer as createTls, TLSSocket } from 'node:tls'
import { listen } from '../../../test/listen.ts'

/** What Alertmanager sends, as far as the tests read it. */
export type ToWebhook = {
  readonly status: string
  readonly alerts: readonly { readonly labels: { readonly alertname: string } }[]
}

/** A certificate for `localhost`, which is its own authority: who is told of it trusts it. */
export function makeCertificate(folder: string) {
  const [key, certificate] = [join(folder, 'receiver.key'), join(folder, 'receiver.crt')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  return { path: certificate, key: readFileSync(key), cert: readFileSync(certificate) }
}

type Tls = { readonly key: Buffer; readonly cert: Buffer }

/** What Slack's incoming webhook and PagerDuty's Events API v2 are sent, as far as the tests read it. */
export type ToSlack = { readonly attachments: readonly { readonly title: string; readonly text: string }[] }
export type ToPagerDuty = {
  readonly routing_key: string
  readonly event_action: string
  readonly dedup_key: string
  readonly payload: { readonly summary: string; readonly custom_details: { readonly alarms: string } }
}

/** A webhook over TLS that keeps what it gets, and answers with `answer.status`; with 0 not at all. */
export async function startWebhook<Got = ToWebhook>({ key, cert }: Tls) {
  const got: Got[] = []
  const answer = { status: 200 }
  const server = createHttps({ key, cert }, (request, response) => {
    const keep = async (): Promise<void> => {
      got.push(JSON.parse(await text(request)))
      if (answer.status !== 0) response.writeHead(answer.status).end()
    }
    void keep()
  })
  const port = await listen(server, 'localhost')
  return { url: `https://localhost:${port}/edge`, got, answer, stop: () => server.close().closeAllConnections() }
}

/** Whoever notices elsewhere that a machine calls no more: keeps when it was asked, and answers with `answer.status`. */
export async function startOutside({ key, cert }: Tls) {
  const asked: number[] = []
  const answer = { status: 200 }
  const server = createHttps({ key, cert }, (request, response) => {
    if (request.method === 'GET') asked.push(Date.now())
    response.writeHead(answer.status).end()
  })
  const port = await listen(server, 'localhost')
  return { url: `https://localhost:${port}/ping`, asked, answer, stop: () => server.close().closeAllConnections() }
}

/**
 * A mail server that offers STARTTLS, takes nobody in without it and a password, and keeps the messages. `refuses`: what it
 * says of the next recipients in place of taking them. With `port` it listens there, and is encrypted from the first byte on.
 */
export async function startMailServer(
  { key, cert }: Tls,
  login: { readonly user: string; readonly password: string },
  port?: number,
) {
  const got: string[] = []
  const refuses: string[] = []
  const sockets = new Set<Socket>()
  const expected = Buffer.from(`${login.user}\0${login.user}\0${login.password}`).toString('base64')
  const serve = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const isEncrypted = socket instanceof TLSSocket
    let [rest, isIn] = ['', false]
    let body: string[] | undefined
    const say = (line: string): void => void socket.write(`${line}\r\n`)
    const command = (line: string): void => {
      const [verb = '', ...words] = line.split(' ')
      if (verb === 'EHLO') return say(isEncrypted ? '250-test\r\n250 AUTH PLAIN' : '250-test\r\n250 STARTTLS')
      if (verb === 'STARTTLS') {
        socket.removeAllListeners('data')
        say('220 go ahead')
        return serve(new TLSSocket(socket, { isServer: true, key, cert }))
      }
      if (verb === 'AUTH') {
        isIn = words[1] === expected
        return say(isIn ? '235 welcome' : '535 wrong password')
      }
      if (verb === 'QUIT') return say('221 bye')
      if (!isIn) return say('530 sign in first')
      if (verb === 'RCPT') return say(refuses.shift() ?? '250 fine')
      if (verb === 'DATA') {
        body = []
        return say('354 go on')
      }
      return say('250 fine')
    }
    socket.on('data', (data) => {
      const lines = `${rest}${data.toString()}`.split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (body === undefined) command(line)
        else if (line === '.') {
          got.push(body.join('\n'))
          body = undefined
          say('250 kept')
        } else body.push(line)
      }
    })
  }
  const greet = (socket: Socket): void => {
    serve(socket)
    socket.write('220 test\r\n')
  }
  const server = port === undefined ? createServer(greet) : createTls({ key, cert }, greet)
  const listens = await listen(server, 'localhost', port)
  const stop = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { server: `localhost:${listens}`, got, refuses, stop }
}

import { readFile, stat } from 'node:fs/promises'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Probe } from '../../core/plan.ts'
import { shortened } from '../../core/shortened.ts'
import type { World } from '../../core/world.ts'
import { tryInPlainHttp, tryWithoutCertificate } from './tls-door.ts'

const oneTryMs = 2000
const tryLasts = `${oneTryMs / 1000} s`
/** So much of a body is read, for so long, to show how it begins. */
const [bodyBytes, bodyMs] = [4096, 300]

/** Asks once whether an engine does its work. */
export async function isReady(probe: Probe, world: World): Promise<boolean> {
  return (await unreadyBecause(probe, world)) === undefined
}

/** The same in words: what was asked for and what was seen instead; undefined where it does its work. */
export async function unreadyBecause(probe: Probe, world: World): Promise<string | undefined> {
  switch (probe.kind) {
    case 'tcp':
      return (
        (await missingSocket(probe)) ??
        (await refusal(`port ${probe.port}`, { port: probe.port, host: '127.0.0.1' }, probe.asks))
      )
    case 'socket':
      return refusal(probe.path, { path: probe.path }, probe.asks)
    case 'mutualTls':
      return openDoor(probe)
    case 'http':
      return otherAnswer(probe)
    case 'command':
      return otherEnd(probe, world)
  }
}

async function missingSocket({ sockets = [] }: Extract<Probe, { kind: 'tcp' }>): Promise<string | undefined> {
  const there = await Promise.all(sockets.map((path) => stat(path).catch(() => undefined)))
  const missing = sockets.find((_, index) => there[index]?.isSocket() !== true)
  return missing === undefined ? undefined : `the socket ${missing} is gone`
}

/** A door that lets in who shows no certificate; one that cannot be seen to refuse is taken for such a one. */
async function openDoor({ port, ca, answers }: Extract<Probe, { kind: 'mutualTls' }>): Promise<string | undefined> {
  const refuses = (await tryWithoutCertificate(port, ca)).refused && (await tryInPlainHttp(port)).refused
  if (!refuses) return `port ${port} is not seen to refuse a client that shows no certificate`
  if (!answers) return undefined
  return otherAnswer({ kind: 'http', url: `https://127.0.0.1:${port}${answers.path}`, status: 200, ca, shown: answers })
}

function refusal(
  name: string,
  where: { port: number; host: string } | { path: string },
  asks: string | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...where, timeout: oneTryMs })
    const answer = (seen: string | undefined): void => {
      socket.destroy()
      resolve(seen)
    }
    let lacks = 'accepts no connection'
    socket.once('connect', () => {
      if (asks === undefined) return answer(undefined)
      lacks = 'answers nothing'
      socket.write(asks, 'latin1')
    })
    socket.once('data', () => answer(undefined))
    socket.once('error', (error) => answer(`${name} ${lacks}: ${wordsOf(error)}`))
    socket.once('end', () => answer(`${name} ${lacks}: the connection was closed`))
    socket.once('timeout', () => answer(`${name} ${lacks} within ${tryLasts}`))
  })
}

async function otherAnswer(probe: Extract<Probe, { kind: 'http' }>): Promise<string | undefined> {
  const { url, status } = probe
  const expected = `${url} does not answer ${status}`
  const read = (path: string | undefined) => (path === undefined ? undefined : readFile(path).catch(() => undefined))
  const [ca, cert, key] = await Promise.all([probe.ca, probe.shown?.certificate, probe.shown?.key].map(read))
  const tls = { ...(ca && { ca }), ...(cert && key && { cert, key }) }
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      resolve(`${expected} within ${tryLasts}`)
      request.destroy()
    }, oneTryMs)
    const request = send(url, { agent: false, ...tls }, (response) => {
      clearTimeout(late)
      if (response.statusCode === status) {
        response.resume()
        resolve(undefined)
        return
      }
      void beginningOf(response).then((body) => resolve(`${expected}, but ${described(response, body)}`))
    })
    request.once('error', (error) => {
      clearTimeout(late)
      resolve(`${expected}: ${wordsOf(error)}`)
    })
    request.end()
  })
}

function described({ statusCode, headers }: IncomingMessage, body: string): string {
  const to = headers.location === undefined ? '' : ` to ${shortened(headers.location)}`
  const said = shortened(body)
  return `${statusCode}${to}${said === '' ? '' : `: ${said}`}`
}

/** How a body begins: a program that says why it is not ready says it there. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const late = setTimeout(() => response.destroy(), bodyMs)
  let text = ''
  try {
    for await (const piece of response.setEncoding('utf8')) {
      text += String(piece)
      if (text.length >= bodyBytes) break
    }
  } catch {
    // It was cut: what came is shown.
  } finally {
    clearTimeout(late)
    response.destroy()
  }
  return text.slice(0, bodyBytes)
}

async function otherEnd(probe: Extract<Probe, { kind: 'command' }>, world: World): Promise<string | undefined> {
  const options = { timeoutMs: oneTryMs * 2, ...(probe.env ? { env: probe.env } : {}) }
  const { code, stdout, stderr } = await world.run(probe.command, options)
  if (code === 0) return undefined
  const end = code === null ? `does not end within ${options.timeoutMs / 1000} s` : `ends with ${code}`
  const said = shortened(stderr.trim() === '' ? stdout : stderr)
  return `${probe.fails ?? `${shortened(probe.command.join(' '))} ${end}`}${said === '' ? '' : `: ${said}`}`
}

/** Node has no message for an address of several, and its code alone for some others. */
function wordsOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ECONNRESET') return 'the connection was closed without an answer'
  return shortened(error.message) || code || error.name
}

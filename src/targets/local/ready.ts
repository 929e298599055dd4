import { readFile, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Probe } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'
import { tryInPlainHttp, tryWithoutCertificate } from './tls-door.ts'

const oneTryMs = 2000

/** Asks once whether an engine does its work. */
export async function isReady(probe: Probe, world: World): Promise<boolean> {
  switch (probe.kind) {
    case 'tcp':
      return (await missingSocket(probe)) === undefined && (await accepts({ port: probe.port, host: '127.0.0.1' }))
    case 'socket':
      return accepts({ path: probe.path })
    case 'mutualTls':
      return (await tryWithoutCertificate(probe.port, probe.ca)).refused && (await tryInPlainHttp(probe.port)).refused
    case 'http':
      return (await statusOf(probe)) === probe.status
    case 'command': {
      const options = { timeoutMs: oneTryMs * 2, ...(probe.env ? { env: probe.env } : {}) }
      return (await world.run(probe.command, options)).code === 0
    }
  }
}

/** The probe in words, for a message about an engine that does not get ready. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return `port ${probe.port} accepts no connection${probe.sockets ? `, or one of ${probe.sockets.join(', ')} is gone` : ''}`
    case 'socket':
      return `${probe.path} accepts no connection`
    case 'mutualTls':
      return `port ${probe.port} is not seen to refuse a client that shows no certificate`
    case 'http':
      return `${probe.url} does not answer ${probe.status}`
    case 'command':
      return probe.fails ?? `${probe.command.join(' ')} does not end with 0`
  }
}

async function missingSocket({ sockets = [] }: Extract<Probe, { kind: 'tcp' }>): Promise<string | undefined> {
  const there = await Promise.all(sockets.map((path) => stat(path).catch(() => undefined)))
  return sockets.find((_, index) => there[index]?.isSocket() !== true)
}

function accepts(where: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...where, timeout: oneTryMs })
    const answer = (value: boolean) => {
      socket.destroy()
      resolve(value)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
  })
}

async function statusOf(probe: Extract<Probe, { kind: 'http' }>): Promise<number | undefined> {
  const ca = probe.ca === undefined ? undefined : await readFile(probe.ca).catch(() => undefined)
  const send = probe.url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const request = send(probe.url, { agent: false, timeout: oneTryMs, ...(ca ? { ca } : {}) }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.once('error', () => resolve(undefined))
    request.once('timeout', () => request.destroy())
    request.end()
  })
}

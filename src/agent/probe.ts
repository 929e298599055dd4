import { request } from 'node:https'
import { TLSSocket } from 'node:tls'
import { noteCertificate } from './certificate-figures.ts'
import { authorities, hostOf, lookupOf, serverName } from '../core/connection.ts'
import type { Probe } from '../core/probe.ts'
import { wholeAnswer } from './whole-answer.ts'

/** How it calls itself: it is no visitor, and is not counted as one. */
export const probeAgent = 'edge-probe'

/** Less than Prometheus itself waits for figures: an answer that does not come is one that failed, and no silence. */
const answersWithinMs = 5000

/** Whether a new connection gets an answer that is a success. */
export async function succeeds(probe: Probe, withinMs = answersWithinMs): Promise<boolean> {
  const status = await statusOf(probe, withinMs).catch(() => 0)
  return status >= 200 && status < probe.below
}

async function statusOf({ what, url, connectTo, ca }: Probe, withinMs: number): Promise<number> {
  const trusted = await authorities(ca)
  const asked = request(url, {
    agent: false,
    ca: trusted,
    headers: { 'user-agent': probeAgent },
    signal: AbortSignal.timeout(withinMs),
    servername: serverName(hostOf(new URL(url))),
    ...lookupOf(connectTo),
  })
  asked.on('response', ({ socket }) => {
    if (!(socket instanceof TLSSocket)) return
    const { valid_from: from, valid_to: to } = socket.getPeerCertificate()
    noteCertificate(what, { from: Date.parse(from), to: Date.parse(to) })
  })
  return wholeAnswer(asked)
}

/** In the text form of Prometheus; each is asked when this is. */
export async function probeFigures(probes: readonly Probe[]): Promise<string> {
  const lines = await Promise.all(
    probes.map(async (probe) => `edge_probe_success{what="${probe.what}"} ${(await succeeds(probe)) ? 1 : 0}\n`),
  )
  const head = '# HELP edge_probe_success Whether a visitor gets an answer.\n# TYPE edge_probe_success gauge\n'
  return lines.length === 0 ? '' : `${head}${lines.join('')}`
}

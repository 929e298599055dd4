import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Counted, countLine, LogTail, nothingCounted } from './access-log.ts'
import { alivePath } from '../core/alive.ts'
import { certificateFigures } from './certificate-figures.ts'
import { ClockWatch } from './clock.ts'
import { callOutside } from './call-outside.ts'
import { isAtWorkBy } from '../core/drill-at-work.ts'
import type { ExporterSettings } from './exporter-settings.ts'
import { machineFigures, trafficFigures } from './figures.ts'
import { GrowingPauses } from './growing-pauses.ts'
import { guaranteeFigures } from './guarantee-figures.ts'
import { poolFigures } from './pool-figures.ts'
import { probeFigures } from './probe.ts'
import { processFigures } from './process-figures.ts'
import { Inbox, remind } from './reminders.ts'
import { keepRinging } from './rings-on.ts'
import type { ToldAlert } from './ringing.ts'

/** Often enough that a log of 10,000 lines a second is not rotated away unread: s6-log keeps 30 MB. */
const readsLogEveryMs = 1000
const largestMessage = 1_000_000

/**
 * The figures that no other exporter has, and the end of the way of each alarm: what Alertmanager sends lies in the inbox
 * of the instance afterwards. Only who shows a certificate of the instance is let in.
 */
async function run(settings: ExporterSettings, signal: AbortSignal): Promise<void> {
  const counted = nothingCounted(settings.originBounds)
  const tail = new LogTail(settings.accessLog)
  await tail.begin()
  const { ca, certificate, key } = settings.tls
  const [authority, cert, own] = await Promise.all([ca, certificate, key].map((path) => readFile(path)))
  const inbox = new Inbox(settings)
  const server = createServer({ ca: authority, cert, key: own, requestCert: true, rejectUnauthorized: true })
  server.on('request', (request, response) => {
    const answered = answer(settings, inbox, request, () => figures(settings, counted))
    answered.then(
      (text) => response.end(text),
      (error: unknown) => refuse(response, error),
    )
  })
  server.listen(settings.port, '127.0.0.1')
  signal.addEventListener('abort', () => server.close().closeAllConnections(), { once: true })
  console.log('the exporter is at work')
  void keepRinging(settings, signal)
  void remind(settings, inbox, signal)
  while (!signal.aborted) {
    for (const line of await tail.lines()) countLine(line, counted)
    await undoAbandoned(settings)
    clock.look()
    await wait(readsLogEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

const clock = new ClockWatch()

async function figures(settings: ExporterSettings, counted: Counted): Promise<string> {
  const [machine, probes, processes, pool, guarantees] = await Promise.all([
    machineFigures(settings),
    probeFigures(settings.probes),
    processFigures(settings.processes),
    poolFigures(settings.pool),
    guaranteeFigures(settings.verdictsFile),
  ])
  const certificates = await certificateFigures(settings.tls.certificate)
  return `${trafficFigures(counted)}${machine}${probes}${processes}${pool}${guarantees}${certificates}${clock.figures()}`
}

function refuse(response: ServerResponse, error: unknown): void {
  // Alertmanager tries again, and says so itself where that does not help.
  console.error(error instanceof Error ? error.message : String(error))
  response.writeHead(500).end()
}

async function answer(
  settings: ExporterSettings,
  inbox: Inbox,
  request: IncomingMessage,
  say: () => Promise<string>,
): Promise<string> {
  if (request.method !== 'POST') return say()
  if (request.url === alivePath) return passedOn(settings, request)
  const parts: Buffer[] = []
  let size = 0
  // A request that no encoding was set of yields buffers.
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > largestMessage) throw new Error(`a message of more than ${largestMessage} bytes`)
    parts.push(part)
  }
  // Only Alertmanager has a certificate and sends anything; its form is that of its webhook.
  const { alerts } = JSON.parse(Buffer.concat(parts).toString()) as { readonly alerts: readonly ToldAlert[] }
  await inbox.note(alerts)
  return ''
}

/**
 * The alarm that always rings has come through Prometheus and Alertmanager: that, and nothing less, is what the outside is
 * told. Where nobody takes it there, Alertmanager hears so, tries again, and counts it as a message that was lost.
 */
async function passedOn({ heartbeat }: ExporterSettings, request: IncomingMessage): Promise<string> {
  request.resume()
  if (heartbeat) await callOutside(heartbeat)
  return 'ok'
}

let undoing = false
/** It may have another instance of edge to wait for; and what it does may take long, as a whole backup, and fail each time. */
const undoPauses = new GrowingPauses({ firstMs: 10_000, longestMs: 3_600_000 })
/** A drill whose process was killed cannot take back what it has caused. */
async function undoAbandoned({ drills, undo: [program, ...args] }: ExporterSettings): Promise<void> {
  const names = undoing ? [] : await readdir(drills).catch(() => [])
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    // It may be gone since: then its drill has ended well.
    const written = await readFile(join(drills, name), 'utf8').catch(() => undefined)
    if (written === undefined || isAtWorkBy(written)) continue
    const mark = `${name} ${written}`
    if (!undoPauses.isDue(mark, performance.now())) continue
    console.log(`${name}: its drill is gone; what it has caused is undone`)
    undoing = true
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    const ended = (): void => {
      if (undoing) undoPauses.tried(mark, performance.now())
      undoing = false
    }
    child.once('close', ended)
    child.once('error', ended)
    return
  }
}

/** The exporter, by the settings in a file, until it is told to stop. */
export async function exporter(file: string): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
  // Rendered by src/agent/exporter-engine.ts from the same type.
  await run(JSON.parse(await readFile(file, 'utf8')) as ExporterSettings, stop.signal)
}

// What an instance calls that an earlier version brought up, until `edge up` makes it today's.
const own = process.argv[2]
if (process.argv[1] === import.meta.filename && own !== undefined) await exporter(own)

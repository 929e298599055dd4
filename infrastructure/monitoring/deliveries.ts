import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Running } from './endpoint.ts'
import { aliveReceiver } from './own-receivers.ts'

/**
 * By kind (`webhook`, `email`): how many receivers there are, how often one took a message, how many messages were given
 * up, and how many are still on their way. Alertmanager tells the kinds apart, and no receivers of one kind.
 */
export type Deliveries = Readonly<Record<string, Counts>>
type Counts = {
  readonly receivers: number
  readonly taken: number
  readonly lost: number
  readonly onTheirWay: number
}

/** `requests` is counted after each attempt, a notification when the first one begins, and a failed one after the last. */
const line = /^alertmanager_(notifications|notification_requests)(_failed)?_total\{integration="(\w+)"[^}]*\} (\S+)$/gm

export const deliveriesOf = async (running: Pick<Running, 'alertmanager' | 'tls' | 'routes'>): Promise<Deliveries> =>
  deliveriesIn(await figuresOf(running), running.routes)

/** Since when Alertmanager sends as it is configured now; the beginning of time where it does not say. */
export const sendsSoSince = async (running: Running): Promise<Date> => sendsSoSinceIn(await figuresOf(running))

export function sendsSoSinceIn(text: string): Date {
  const [, seconds] = /^alertmanager_config_last_reload_success_timestamp_seconds (\S+)$/m.exec(text) ?? []
  return new Date(Number(seconds ?? 0) * 1000)
}

/** The page of Alertmanager's own figures. Prometheus would know of them a quarter of a minute later. */
async function figuresOf({ alertmanager, tls }: Pick<Running, 'alertmanager' | 'tls'>): Promise<string> {
  const [ca, cert, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map((path) => readFile(path, 'utf8')))
  const dispatcher = new Agent({ connect: { ca, cert, key } })
  try {
    const { body } = await request(`${alertmanager}/metrics`, { dispatcher })
    return await body.text()
  } finally {
    await dispatcher.destroy()
  }
}

const configuration = z.object({ receivers: z.array(z.record(z.string(), z.unknown())) })

/** `text`: the page of Alertmanager's figures; `routes`: its configuration. */
export function deliveriesIn(text: string, routes: string): Deliveries {
  const figures = new Map<string, number>()
  for (const [, name, failed = '', kind, count] of text.matchAll(line))
    figures.set(`${name}${failed} ${kind}`, Number(count))
  const counts = (kind: string, receivers: number): Counts => {
    const figure = (name: string): number => figures.get(`${name} ${kind}`) ?? 0
    const taken = figure('notification_requests') - figure('notification_requests_failed')
    const lost = figure('notifications_failed')
    return { receivers, taken, lost, onTheirWay: figure('notifications') - taken - lost }
  }
  const kinds = configuration
    .parse(parse(routes))
    .receivers.filter(({ name }) => name !== aliveReceiver.name)
    .flatMap((receiver) =>
      Object.entries(receiver).flatMap(([name, configured]) =>
        Array.isArray(configured) ? [[name.replace(/_configs$/, ''), configured.length] as const] : [],
      ),
    )
  return Object.fromEntries(kinds.map(([kind, receivers]) => [kind, counts(kind, receivers)]))
}

/** Who is told, for people: the first webhook is the inbox of the instance itself, which reaches nobody elsewhere. */
export const toldBy = (now: Deliveries): readonly string[] =>
  Object.entries(now).flatMap(([kind, { receivers }]) =>
    kind === 'webhook' ? ['inbox', ...(receivers > 1 ? [kind] : [])] : [kind],
  )

const nothing: Counts = { receivers: 0, taken: 0, lost: 0, onTheirWay: 0 }

/**
 * Kinds of which not every receiver took each message since, with the reason. Two messages that one of two receivers took
 * are no two deliveries: so none may be lost or on its way, either.
 */
export const missingIn = (before: Deliveries, now: Deliveries): readonly string[] =>
  Object.entries(now).flatMap(([kind, { receivers, taken, lost, onTheirWay }]) => {
    const last = before[kind] ?? nothing
    if (lost > last.lost) return [`${kind} (${lost - last.lost} refused, of ${count(receivers)})`]
    if (onTheirWay > 0) return [`${kind} (still tried at ${onTheirWay} of ${count(receivers)})`]
    return taken - last.taken >= receivers ? [] : [`${kind} (nothing was sent to some of ${count(receivers)})`]
  })

const count = (receivers: number): string => (receivers === 1 ? '1 receiver' : `${receivers} receivers`)

/** Whether a message was given up since: nobody gets it any more. */
export const isLost = (before: Deliveries, now: Deliveries): boolean =>
  Object.entries(now).some(([kind, { lost }]) => lost > (before[kind] ?? nothing).lost)

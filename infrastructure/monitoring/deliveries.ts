import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Running } from './endpoint.ts'

/** By kind (`webhook`, `email`): how many receivers there are, and how often one took a message or refused it. */
export type Deliveries = Readonly<Record<string, Counts>>
type Counts = { readonly receivers: number; readonly taken: number; readonly refused: number }

/** Counted after each attempt, whatever came of it. */
const line = /^alertmanager_notification_requests(_failed)?_total\{integration="(\w+)"[^}]*\} (\S+)$/gm

/** Asks Alertmanager itself: Prometheus would know a quarter of a minute later. */
export async function deliveriesOf({ alertmanager, tls, routes }: Running): Promise<Deliveries> {
  const [ca, cert, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map((path) => readFile(path, 'utf8')))
  const dispatcher = new Agent({ connect: { ca, cert, key } })
  try {
    const { body } = await request(`${alertmanager}/metrics`, { dispatcher })
    return deliveriesIn(await body.text(), routes)
  } finally {
    await dispatcher.destroy()
  }
}

const configuration = z.object({ receivers: z.array(z.record(z.string(), z.unknown())) })

/** `text`: the page of Alertmanager's figures; `routes`: its configuration. */
function deliveriesIn(text: string, routes: string): Deliveries {
  const all = new Map<string, number>()
  const refused = new Map<string, number>()
  for (const [, isRefused, kind = '', count] of text.matchAll(line))
    (isRefused === undefined ? all : refused).set(kind, Number(count))
  const kinds = configuration
    .parse(parse(routes))
    .receivers.flatMap((receiver) =>
      Object.entries(receiver).flatMap(([name, configured]) =>
        Array.isArray(configured) ? [[name.replace(/_configs$/, ''), configured.length] as const] : [],
      ),
    )
  return Object.fromEntries(
    kinds.map(([kind, receivers]) => [
      kind,
      { receivers, taken: (all.get(kind) ?? 0) - (refused.get(kind) ?? 0), refused: refused.get(kind) ?? 0 },
    ]),
  )
}

/** Kinds of which not every receiver took a message since, each with how often one refused it. */
export const missingIn = (before: Deliveries, now: Deliveries): readonly string[] =>
  Object.entries(now).flatMap(([kind, { receivers, taken, refused }]) => {
    const last = before[kind] ?? { taken: 0, refused: 0 }
    const times = refused - last.refused
    return taken - last.taken >= receivers
      ? []
      : [`${kind} (${times === 0 ? 'nothing was sent' : `refused ${times} times`})`]
  })

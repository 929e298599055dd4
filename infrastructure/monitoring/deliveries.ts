import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { Running } from './endpoint.ts'

/** How many notifications Alertmanager has handed over and been refused, by the kind of whoever gets them. */
export type Deliveries = {
  readonly sent: Readonly<Record<string, number>>
  readonly failed: Readonly<Record<string, number>>
  readonly failedSince: (before: Deliveries) => string
}

const line = /^alertmanager_notifications(_failed)?_total\{integration="(\w+)"[^}]*\} (\S+)$/gm

/** Asks Alertmanager itself: Prometheus would know a quarter of a minute later. Only kinds that are configured count. */
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

function deliveriesIn(text: string, routes: string): Deliveries {
  const [sent, failed] = [new Map<string, number>(), new Map<string, number>()]
  for (const [, isFailed, kind = '', count] of text.matchAll(line)) {
    if (!routes.includes(`${kind}_configs:`)) continue
    const counts = isFailed === undefined ? sent : failed
    counts.set(kind, (counts.get(kind) ?? 0) + Number(count))
  }
  const failedNow = Object.fromEntries(failed)
  return {
    sent: Object.fromEntries(sent),
    failed: failedNow,
    failedSince: (before) =>
      Object.entries(failedNow)
        .filter(([kind, count]) => count > (before.failed[kind] ?? 0))
        .map(([kind, count]) => `${kind} refused ${count - (before.failed[kind] ?? 0)} times`)
        .join(', ') || 'nothing was refused',
  }
}

/** Whether each kind has handed over one more, and none was refused meanwhile. */
export const delivered = (before: Deliveries, now: Deliveries): boolean =>
  Object.entries(now.sent).every(
    ([kind, count]) => count - (now.failed[kind] ?? 0) > (before.sent[kind] ?? 0) - (before.failed[kind] ?? 0),
  )

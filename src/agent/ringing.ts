import type { Notification } from './history.ts'

/** One alarm, as Alertmanager tells of it (its webhook, version 4). */
export type ToldAlert = {
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly fingerprint: string
}

/** What rings now, by its fingerprint, and when somebody was told last. */
export type Ringing = Readonly<Record<string, { readonly id: string; readonly since: string; readonly toldAt: string }>>

/** Whether so much time has passed since somebody was told that it is to be told again. */
export const isDue = ({ toldAt }: Ringing[string], now: Date, remindEveryMs: number): boolean =>
  now.getTime() - Date.parse(toldAt) >= remindEveryMs

/** An alarm's place among the guarantees, as its rule has it; without one it is of monitoring itself. */
const idOf = ({ labels, annotations }: ToldAlert): string =>
  annotations['id'] ?? `monitoring.${labels['alertname'] ?? 'unknown'}`

/**
 * What the inbox is told of a message, and what rings afterwards. Alertmanager tells of its whole group where one alarm of
 * it has changed: what the inbox knows already is left out, until it is time for a reminder.
 */
export function tell(
  ringing: Ringing,
  alerts: readonly ToldAlert[],
  now: Date,
  remindEveryMs: number,
): { readonly ringing: Ringing; readonly notifications: readonly Notification[] } {
  const after = { ...ringing }
  const at = now.toISOString()
  const notifications = alerts.flatMap((alert): readonly Notification[] => {
    const { fingerprint, status, annotations, startsAt } = alert
    const known = after[fingerprint]
    const id = idOf(alert)
    const { means = '', value = '', look } = annotations
    if (status === 'resolved') {
      delete after[fingerprint]
      return known ? [{ at, id, says: `all clear: ${means}` }] : []
    }
    if (known && !isDue(known, now, remindEveryMs)) return []
    after[fingerprint] = { id, since: known?.since ?? startsAt, toldAt: at }
    const says = `${known ? 'still rings' : 'rings'}: ${means} (measured: ${value})`
    return [{ at, id, says, ...(look === undefined ? {} : { next: look }) }]
  })
  return { ringing: after, notifications }
}

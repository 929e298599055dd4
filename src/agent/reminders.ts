import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { ExporterSettings } from './exporter-settings.ts'
import { answerOf, type Asked } from './rings-on.ts'
import { isDue, type Ringing, tell, type ToldAlert } from './ringing.ts'

/** As often as Alertmanager looks at a group of alarms. */
const looksEveryMs = 15_000

/** The inbox of the instance: what it is told, and what rings as far as it was told. */
export class Inbox {
  readonly #files: Pick<ExporterSettings, 'inbox' | 'ringing' | 'remindEveryMs'>
  #noted: Promise<void> = Promise.resolve()

  constructor(files: Pick<ExporterSettings, 'inbox' | 'ringing' | 'remindEveryMs'>) {
    this.#files = files
  }

  /** One message after the other: two at once would both take an alarm for a new one. */
  note(alerts: readonly ToldAlert[]): Promise<void> {
    const mine = this.#noted.then(() => this.#noteNow(alerts))
    this.#noted = mine.catch(() => undefined)
    return mine
  }

  /** Of which somebody is to be reminded, by their fingerprints. */
  async due(): Promise<ReadonlySet<string>> {
    const { remindEveryMs } = this.#files
    const all = Object.entries(await this.#ringing())
    return new Set(all.flatMap(([fingerprint, one]) => (isDue(one, new Date(), remindEveryMs) ? [fingerprint] : [])))
  }

  async #noteNow(alerts: readonly ToldAlert[]): Promise<void> {
    const { inbox, ringing: file, remindEveryMs } = this.#files
    const { ringing, notifications } = tell(await this.#ringing(), alerts, new Date(), remindEveryMs)
    if (notifications.length === 0) return
    await appendFile(inbox, notifications.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 })
    await writeFile(`${file}.new`, `${JSON.stringify(ringing, undefined, 1)}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }

  /** Where it is damaged, an alarm that rings is told once more: better than not at all. */
  async #ringing(): Promise<Ringing> {
    try {
      // Written above.
      return JSON.parse(await readFile(this.#files.ringing, 'utf8')) as Ringing
    } catch {
      return {}
    }
  }
}

/**
 * Reminds the inbox of each alarm by its own clock, for as long as the signal allows. That of Alertmanager is one for all that
 * rings: it begins anew with each alarm that joins or ends, and what comes with that is too early for a reminder.
 */
export async function remind(asked: Asked, inbox: Inbox, signal: AbortSignal, everyMs = looksEveryMs): Promise<void> {
  while (!signal.aborted) {
    // Where Alertmanager does not answer nobody knows what still rings: it is asked again, and `silence` tells of it.
    await remindNow(asked, inbox).catch(() => undefined)
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

async function remindNow(asked: Asked, inbox: Inbox): Promise<void> {
  const due = await inbox.due()
  if (due.size === 0) return
  // Nobody is reminded of what somebody silences. The cast: see answerOf.
  const alerts = `${asked.alertmanager}/api/v2/alerts?silenced=false&inhibited=false`
  const active = (await answerOf(asked, alerts)) as readonly Omit<ToldAlert, 'status'>[]
  const still = active.filter(({ fingerprint }) => due.has(fingerprint))
  if (still.length > 0) await inbox.note(still.map((one) => Object.assign({ status: 'firing' as const }, one)))
}

import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { aliveAlert } from '../core/alive.ts'
import { messageOf } from '../core/errors.ts'
import type { ExporterSettings } from './exporter-settings.ts'
import { wholeText } from './whole-answer.ts'

/** Longer than an alarm waits, which may begin to do so anew when Prometheus is back: few wait for more than four minutes. */
const holdsForMs = 6 * 60_000
/** What Prometheus has said holds for four minutes (rules.alert.resend-delay, four times): several looks may fail before it is over. */
const looksEveryMs = 30_000
const answersWithinMs = 5000
/** It looks at its rules each quarter of a minute. */
const looksAtRulesWithinMs = 60_000

/** One alarm, as Alertmanager has it and takes it. */
export type ActiveAlert = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Prometheus names one, and nobody else here. */
  readonly generatorURL?: string
  readonly startsAt: string
  readonly endsAt: string
}

/**
 * What Alertmanager is told in the place of a Prometheus that tells nothing: what rings does so on. The alarm that always rings
 * does not: it says that Prometheus is at work. Nor does what somebody else told of (`edge notify test`): it has its own end.
 */
export function ringsOn(active: readonly ActiveAlert[], now: Date): readonly ActiveAlert[] {
  const until = now.getTime() + holdsForMs
  return active
    .filter(
      ({ labels, generatorURL = '', endsAt }) =>
        labels['alertname'] !== aliveAlert && generatorURL !== '' && Date.parse(endsAt) < until,
    )
    .map(({ labels, annotations, generatorURL = '', startsAt }) => {
      return { labels, annotations, generatorURL, startsAt, endsAt: new Date(until).toISOString() }
    })
}

/** What Prometheus says of its rules, as far as it is read here. */
type Rules = { readonly data: { readonly groups: readonly { readonly lastEvaluation: string }[] } }

/** One that has looked at none of its rules for a while tells nobody what rings, though it answers. */
export const looksAtRules = ({ data: { groups } }: Rules, now: Date): boolean =>
  // Those that a drill has just added were not looked at yet.
  groups.some(({ lastEvaluation }) => now.getTime() - Date.parse(lastEvaluation) < looksAtRulesWithinMs)

export type Asked = Pick<ExporterSettings, 'prometheus' | 'alertmanager' | 'tls'>

/** Looks, for as long as the signal allows, whether Prometheus says what rings, and says it in its place where it does not. */
export async function keepRinging(asked: Asked, signal: AbortSignal, everyMs = looksEveryMs): Promise<void> {
  let said = told
  while (!signal.aborted) {
    const seen = await look(asked, signal)
    // Once is enough, though it lasts for hours.
    if (seen.says !== said && !signal.aborted) console.log(`${seen.says}${seen.because}`)
    said = seen.says
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

const told = 'Prometheus says what rings'
const kept = 'Prometheus does not say what rings, and what does is kept so'
const lost = 'Prometheus does not say what rings, and Alertmanager takes nothing in its place'

type Seen = { readonly says: typeof told | typeof kept | typeof lost; readonly because: string }

async function look(asked: Asked, signal: AbortSignal): Promise<Seen> {
  const problem = await problemOf(asked)
  if (problem === undefined || signal.aborted) return { says: told, because: '' }
  try {
    const alerts = `${asked.alertmanager}/api/v2/alerts`
    // What is silenced or inhibited is active, too, and Alertmanager shows all of it where nothing else is asked for. The cast,
    // as the one below: see answerOf.
    const active = (await answerOf(asked, alerts)) as readonly ActiveAlert[]
    const on = ringsOn(active, new Date())
    if (on.length > 0) await answerOf(asked, alerts, on)
    return { says: kept, because: `: ${problem}` }
  } catch (error) {
    return { says: lost, because: `: ${problem}; ${messageOf(error)}` }
  }
}

/** Why Prometheus tells Alertmanager nothing; undefined where it does. */
async function problemOf(asked: Asked): Promise<string | undefined> {
  try {
    const rules = (await answerOf(asked, `${asked.prometheus}/api/v1/rules?type=alert`)) as Rules
    return looksAtRules(rules, new Date()) ? undefined : 'it looks at no rules'
  } catch (error) {
    return messageOf(error)
  }
}

/** What either says, which has the form of its documented interface: it has shown that it is one of the instance's own. */
export async function answerOf({ tls }: Asked, url: string, body?: unknown): Promise<unknown> {
  const [ca, cert, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map((path) => readFile(path)))
  const { status, text } = await wholeText(
    request(url, {
      agent: false,
      ca,
      cert,
      key,
      signal: AbortSignal.timeout(answersWithinMs),
      ...(body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' } }),
    }),
    body === undefined ? undefined : JSON.stringify(body),
  )
  if (status !== 200) throw new Error(`${url} answers ${status}: ${text.slice(0, 200)}`)
  return text === '' ? undefined : JSON.parse(text)
}

import { z } from 'zod'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import type { Duration } from '../../src/core/units.ts'
import { minuteOf } from '../../src/core/units.ts'
import { ask } from './ask.ts'
import type { Running } from './endpoint.ts'

const silences = z.array(
  z.object({
    id: z.string(),
    status: z.object({ state: z.string() }),
    matchers: z.array(
      z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) }),
    ),
    createdBy: z.string(),
    comment: z.string().default(''),
    endsAt: z.string(),
  }),
)
export type Silence = z.output<typeof silences>[number]

/** Those that hold messages back now, the one that ends first at the top. */
export async function activeSilences({ alertmanager, tls }: Running): Promise<readonly Silence[]> {
  const all = await ask(tls, `${alertmanager}/api/v2/silences`, silences).catch((error: unknown) => {
    throw new OperatorError('silence', `Alertmanager does not answer: ${messageOf(error)}`, 'edge status')
  })
  return all
    .filter(({ status }) => status.state === 'active')
    .toSorted((one, other) => one.endsAt.localeCompare(other.endsAt))
}

/**
 * A silence that holds messages back now, in words, with the command that ends it; undefined where there is none. With
 * `alert`, one that is of another alarm alone does not count.
 */
export async function silenceOf(running: Running, alert?: string): Promise<string | undefined> {
  const active = (await activeSilences(running)).find((one) => alert === undefined || mayHold(one, alert))
  return active && `${inWords(active)}; edge silence --end ${active.id} ends that`
}

/** Whether it may hold an alarm back: it does not where it is of another one by its name. */
export const mayHold = ({ matchers }: Pick<Silence, 'matchers'>, alert: string): boolean =>
  matchers.every(
    ({ name, value, isRegex, isEqual }) => name !== 'alertname' || isRegex || (value === alert) === isEqual,
  )

/** `alertname="connections" is silenced until 2026-03-01 10:00 UTC by jane (the pool is rebuilt)`. */
export function inWords({
  matchers,
  endsAt,
  createdBy,
  comment = '',
}: Pick<Silence, 'matchers' | 'endsAt' | 'createdBy'> & { readonly comment?: string }): string {
  const what = matchers.map(({ name, value, isRegex, isEqual }) => {
    const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
    return `${name}${operator}"${value}"`
  })
  const until = minuteOf(endsAt)
  const why = comment === '' ? '' : ` (${comment})`
  return `what has ${what.join(', ')} is silenced until ${until} by ${createdBy || 'somebody without a name'}${why}`
}

const created = z.object({ silenceID: z.string() })

/** Holds the messages of one alarm back for a time; answers what ends that. */
export async function putSilence(
  { alertmanager, tls }: Running,
  silence: {
    readonly alert: string
    readonly lasts: Duration
    readonly why: string
    readonly by: string
    readonly now: Date
  },
): Promise<{ readonly id: string; readonly endsAt: string }> {
  const endsAt = new Date(silence.now.getTime() + silence.lasts.milliseconds).toISOString()
  const { silenceID: id } = await ask(tls, `${alertmanager}/api/v2/silences`, created, {
    matchers: [{ name: 'alertname', value: silence.alert, isRegex: false, isEqual: true }],
    startsAt: silence.now.toISOString(),
    endsAt,
    createdBy: silence.by,
    comment: silence.why,
  })
  return { id, endsAt }
}

/** Lets messages through again; rejects where there is no such silence. */
export const endSilence = ({ alertmanager, tls }: Running, id: string): Promise<unknown> =>
  ask(tls, `${alertmanager}/api/v2/silence/${encodeURIComponent(id)}`, z.unknown(), undefined, 'DELETE')

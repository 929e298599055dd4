import { z } from 'zod'
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
    endsAt: z.string(),
  }),
)
type Silence = z.output<typeof silences>[number]

/** A silence that holds messages back now, in words, with the command that ends it; undefined where there is none. */
export async function silenceOf({ alertmanager, tls }: Running): Promise<string | undefined> {
  const all = await ask(tls, `${alertmanager}/api/v2/silences`, silences)
  const active = all.find(({ status }) => status.state === 'active')
  if (!active) return undefined
  const { ca, certificate, key } = tls
  const end = `curl --cacert ${ca} --cert ${certificate} --key ${key} -X DELETE ${alertmanager}/api/v2/silence/${active.id}`
  return `${inWords(active)}; as the engines' user, \`${end}\` ends that (so does amtool silence expire)`
}

/** `alertname="connections" is silenced until 2026-03-01 10:00 UTC by jane`. */
export function inWords({ matchers, endsAt, createdBy }: Pick<Silence, 'matchers' | 'endsAt' | 'createdBy'>): string {
  const what = matchers.map(({ name, value, isRegex, isEqual }) => {
    const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
    return `${name}${operator}"${value}"`
  })
  const until = `${endsAt.slice(0, 16).replace('T', ' ')} UTC`
  return `what has ${what.join(', ')} is silenced until ${until} by ${createdBy || 'somebody without a name'}`
}

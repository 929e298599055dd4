import { z } from 'zod'
import type { Instance } from '../../src/core/instance.ts'
import { portsOf } from '../../src/core/reserved.ts'
import type { MutualTls } from '../../src/engines/mutual-tls.ts'
import { ask } from './ask.ts'
import { monitoringReserved } from './reserved.ts'

const runtime = z.object({ data: z.object({ startTime: z.iso.datetime({ offset: true }) }) })

const answer = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })),
  }),
})

/** Both reject where Prometheus does not answer. */
export type Figures = {
  /** What Prometheus has for an expression; undefined where it has nothing. */
  readonly now: (expression: string) => Promise<number | undefined>
  /** When it was started, by its own word: its figure of that is of the one before until it has asked itself. */
  readonly startedAt: () => Promise<Date>
}

/** Asks Prometheus at an address such as `https://127.0.0.1:7415`. */
export async function figureAt(prometheus: string, tls: MutualTls, expression: string): Promise<number | undefined> {
  const { data } = await ask(tls, `${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`, answer)
  const value = data.result[0]?.value[1]
  return value === undefined ? undefined : Number(value)
}

/** For other rooms, whose checks look at what is measured of them. */
export function figuresOf(instance: Instance, tls: MutualTls): Figures {
  const prometheus = `https://127.0.0.1:${portsOf(instance, monitoringReserved).prometheus}`
  return {
    now: (expression) => figureAt(prometheus, tls, expression),
    startedAt: async () =>
      new Date((await ask(tls, `${prometheus}/api/v1/status/runtimeinfo`, runtime)).data.startTime),
  }
}

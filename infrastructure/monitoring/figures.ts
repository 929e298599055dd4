import { z } from 'zod'
import type { Instance } from '../../src/core/instance.ts'
import { portsOf } from '../../src/core/reserved.ts'
import type { MutualTls } from '../../src/engines/mutual-tls.ts'
import { ask } from './ask.ts'
import { monitoringReserved } from './reserved.ts'

const answer = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })),
  }),
})

/** What Prometheus has now for an expression; undefined where it has nothing. Rejects where Prometheus does not answer. */
export type Figures = (expression: string) => Promise<number | undefined>

/** Asks Prometheus at an address such as `https://127.0.0.1:7415`. */
export async function figureAt(prometheus: string, tls: MutualTls, expression: string): Promise<number | undefined> {
  const { data } = await ask(tls, `${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`, answer)
  const value = data.result[0]?.value[1]
  return value === undefined ? undefined : Number(value)
}

/** For other rooms, whose checks look at what is measured of them. */
export function figuresOf(instance: Instance, tls: MutualTls): Figures {
  const prometheus = `https://127.0.0.1:${portsOf(instance, monitoringReserved).prometheus}`
  return (expression) => figureAt(prometheus, tls, expression)
}

import { metric } from '../core/metric.ts'
import { request } from '../core/plain-http.ts'
import type { AskedProcess } from '../core/probe.ts'
import { wholeAnswer } from './whole-answer.ts'

/** Less than Prometheus itself waits for figures. */
const answersWithinMs = 5000

/** Whether each answers for its health, in the text form of Prometheus; each is asked when this is. */
export async function processFigures(processes: readonly AskedProcess[], withinMs = answersWithinMs): Promise<string> {
  const samples = await Promise.all(
    processes.map(async ({ name, url }) => {
      const status = await statusOf(url, withinMs).catch(() => 0)
      return [`{process="${name}"}`, status === 200 ? 1 : 0] as const
    }),
  )
  return metric('edge_process_answers', 'gauge', 'Whether a process of the API answers for its health.', samples)
}

const statusOf = (url: string, withinMs: number): Promise<number> =>
  wholeAnswer(request(url, { agent: false, signal: AbortSignal.timeout(withinMs) }))

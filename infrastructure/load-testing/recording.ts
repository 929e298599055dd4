import { z } from 'zod'

/** One second of a run, or a few of a long one, as k6 saw it. Times in ms; null where no request was made. */
export type Second = {
  /** Since the start of the run. */
  readonly seconds: number
  readonly users: number
  readonly requestsPerSecond: number
  readonly median: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly failedPercent: number | null
}

const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('param'), data: z.object({ aggregates: z.record(z.string(), z.array(z.string())) }) }),
  z.object({ event: z.literal('start'), data: z.tuple([z.tuple([z.number()])]) }),
  z.object({ event: z.literal('metric'), data: z.record(z.string(), z.object({ type: z.string() })) }),
  z.object({ event: z.literal('snapshot'), data: z.array(z.array(z.number())) }),
])

/**
 * Reads what k6's dashboard records (K6_WEB_DASHBOARD_RECORD): one JSON event a line. An event `metric` names metrics,
 * `param` says which aggregates a kind of metric has, and `snapshot` holds the values of one period, in the order of
 * the metrics' names. Fed piece by piece while k6 writes it.
 */
export class Recording {
  readonly seconds: Second[] = []
  #rest = ''
  readonly #kinds = new Map<string, string>()
  #aggregates: Record<string, readonly string[]> = {}
  #begun: number | undefined

  feed(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') this.#take(JSON.parse(line))
  }

  #take(line: unknown): void {
    // Events of other kinds are of no use here; those of another k6's shape only leave the charts empty.
    const { data: known } = event.safeParse(line)
    if (known?.event === 'param') this.#aggregates = known.data.aggregates
    if (known?.event === 'start') this.#begun = known.data[0][0]
    if (known?.event === 'metric') {
      for (const [name, { type }] of Object.entries(known.data)) this.#kinds.set(name, type)
    }
    if (known?.event === 'snapshot') this.#snapshot(known.data)
  }

  #snapshot(values: readonly (readonly number[])[]): void {
    const names = [...this.#kinds.keys()].toSorted()
    const value = (metric: string, aggregate: string): number | null => {
      const place = (this.#aggregates[this.#kinds.get(metric) ?? ''] ?? []).indexOf(aggregate)
      return values[names.indexOf(metric)]?.[place] ?? null
    }
    const time = value('time', 'value')
    if (time === null || this.#begun === undefined) return
    const failed = value('http_req_failed', 'rate')
    this.seconds.push({
      seconds: (time - this.#begun) / 1000,
      // Now and then a period has no sample of it; nobody left for that second.
      users: value('vus', 'value') ?? this.seconds.at(-1)?.users ?? 0,
      requestsPerSecond: value('http_reqs', 'rate') ?? 0,
      median: value('response_time', 'med'),
      p95: value('response_time', 'p(95)'),
      p99: value('response_time', 'p(99)'),
      failedPercent: failed === null ? null : 100 * failed,
    })
  }
}

import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { Gauge, type GaugeConfiguration, Histogram, Registry } from 'prom-client'
import type { Database } from './database.ts'

/** Where Prometheus asks; not below /api, so that no visitor is led there. */
const path = '/metrics'

/** What this process has done and how busy it is, in Prometheus's form; nothing is worked out before somebody asks. */
export function metricsRoute(server: FastifyInstance, pools: Readonly<Record<string, Database>>): void {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'http_request_seconds',
    help: 'Answered requests by method, route and status, and how long each took.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5],
    registers: [registry],
  })
  server.addHook('onResponse', async ({ method, routeOptions: { url: route } }, { statusCode, elapsedTime }) => {
    // What is no route has no name of its own: each address that somebody tries would be a series for good.
    if (route !== path) requests.observe({ method, route: route ?? 'none', status: statusCode }, elapsedTime / 1000)
  })
  const look = (gauge: GaugeConfiguration<'pool' | 'state'>): void =>
    registry.registerMetric(new Gauge({ ...gauge, registers: [] }))
  let before = performance.eventLoopUtilization()
  look({
    name: 'event_loop_busy_ratio',
    help: 'The share of the time since the last look in which the event loop did something.',
    collect() {
      const now = performance.eventLoopUtilization()
      this.set(performance.eventLoopUtilization(now, before).utilization)
      before = now
    },
  })
  look({
    name: 'event_loop_delay_seconds',
    help: 'How long what is due at once had to wait for the event loop, at this look.',
    async collect() {
      const begun = performance.now()
      await nextTurn()
      this.set((performance.now() - begun) / 1000)
    },
  })
  look({
    name: 'database_pool_connections',
    help: 'Connections of this process to the pool of the database; waiting: queries that have none yet.',
    labelNames: ['pool', 'state'],
    collect() {
      for (const [pool, { connections }] of Object.entries(pools))
        for (const [state, count] of Object.entries(connections())) this.set({ pool, state }, count)
    },
  })
  server.get(path, async (_request, reply) => {
    const text = await registry.metrics()
    return reply.type(registry.contentType).send(text)
  })
}

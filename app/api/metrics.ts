import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from './database.ts'

/** Where Prometheus asks; not below /api, so that no visitor is led there. */
const path = '/metrics'

/** What this process has done and how busy it is, in Prometheus's form. */
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
  // Of the process itself: its event loop, memory, descriptors. Looked at ten times a second, and not a hundred.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  registry.registerMetric(
    new Gauge({
      name: 'database_pool_connections',
      help: 'Connections of this process to the pool of the database; waiting: queries that have none yet.',
      labelNames: ['pool', 'state'],
      registers: [],
      collect() {
        for (const [pool, { connections }] of Object.entries(pools))
          for (const [state, count] of Object.entries(connections())) this.set({ pool, state }, count)
      },
    }),
  )
  server.get(path, async (_request, reply) => {
    const text = await registry.metrics()
    return reply.type(registry.contentType).send(text)
  })
}

import type { FastifyInstance } from 'fastify'
import type { Database } from './database.ts'
import { eventLoopWatch } from './event-loop.ts'
import { Problem } from './problem.ts'
import type { Uploads } from './uploads.ts'

const withinMs = 2000

/** Live: the process answers, whatever becomes of the database. Ready: all that it needs can be reached, by role. */
export function healthRoutes(server: FastifyInstance, writer: Database, reader: Database, uploads: Uploads): void {
  server.get('/api/health', async () => ({ status: 'ok' }))

  const lateMs = eventLoopWatch()
  server.get('/api/event-loop', async ({ headers }) => {
    // It says what happened since the last call: a visitor's would take it from whoever measures, on this machine.
    if (headers['x-forwarded-for'] !== undefined) throw new Problem(404, 'not_found', 'There is nothing for visitors.')
    return { lateMs: lateMs() }
  })

  server.get('/api/ready', async (_request, reply) => {
    const [writing, reading, saving] = await Promise.all([
      // A server in recovery accepts connections and refuses every write: it must not pass for the writer.
      stateOf(writer.probe('select 1 / (not pg_is_in_recovery())::int from state.accounts limit 1', withinMs)),
      stateOf(reader.probe('select 1 from sports.sports limit 1', withinMs)),
      stateOf(uploads.check()),
    ])
    const ready = [writing, reading, saving].every((state) => state === 'ok')
    return reply.code(ready ? 200 : 503).send({ ready, writer: writing, reader: reading, uploads: saving })
  })
}

/** Only whether: the reason may name hosts and accounts, and anyone may ask. */
function stateOf(work: Promise<void>): Promise<'ok' | 'unreachable'> {
  return work.then(
    () => 'ok' as const,
    () => 'unreachable' as const,
  )
}

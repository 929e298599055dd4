import { setTimeout as wait } from 'node:timers/promises'
import { messageOf } from '../../src/core/errors.ts'
import { connect, type PgAddress } from '../../src/engines/postgres.ts'

export type ReadLoad = {
  readonly stop: () => Promise<{ readonly answered: number; readonly errors: readonly string[] }>
}

/** Clients that read one row after the other, and connect anew after an error. */
export function startReading(address: PgAddress, query: string, clients: number): ReadLoad {
  const end = new AbortController()
  const errors: string[] = []
  let answered = 0
  const reader = async (): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        const client = await connect(address, 'edge-read-load')
        try {
          while (!end.signal.aborted) {
            await client.query(query)
            answered += 1
            await wait(10)
          }
        } finally {
          void client.end().catch(() => undefined)
        }
      } catch (error) {
        errors.push(messageOf(error))
        await wait(50)
      }
    }
  }
  const readers = Array.from({ length: clients }, reader)
  return {
    stop: async () => {
      end.abort()
      await Promise.all(readers)
      return { answered, errors }
    },
  }
}

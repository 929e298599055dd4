import { Client, type ClientConfig } from 'pg'
import { serverAnswersWithinMs } from '../../src/engines/postgres.ts'

/** What somebody who signs in so is refused with; undefined for whoever is let in. */
export async function refusalOf(signIn: ClientConfig): Promise<unknown> {
  const client = new Client({ ...signIn, connectionTimeoutMillis: serverAnswersWithinMs })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return error
  } finally {
    await client.end().catch(() => undefined)
  }
}

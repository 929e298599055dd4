import { request } from 'node:https'
import type { Outside } from '../core/alive.ts'
import { authorities } from '../core/connection.ts'
import { wholeAnswer } from './whole-answer.ts'

const answersWithinMs = 10_000

/** Says that this machine can still call somebody. Rejects where nobody takes it. */
export async function callOutside({ url, ca }: Outside, withinMs = answersWithinMs): Promise<void> {
  const trusted = await authorities(ca)
  const status = await wholeAnswer(request(url, { agent: false, ca: trusted, signal: AbortSignal.timeout(withinMs) }))
  // The address may have a token in it.
  if (status < 200 || status > 299) throw new Error(`the heartbeat's address (${new URL(url).host}) answers ${status}`)
}

import type { Member } from './render-balancer.ts'

/** One that says nothing for so long is that late at least. */
const withinMs = 1000

/**
 * Asks each process of the API by how many ms its event loop was late since it was asked last. One that is not there has
 * no event loop, and is left out.
 */
export const eventLoopsOf =
  (processes: readonly Member[], path: string) => async (): Promise<Readonly<Record<string, number>>> => {
    const found = await Promise.all(processes.map(async ({ name, port }) => [name, await lateMs(port, path)] as const))
    return Object.fromEntries(found.flatMap(([name, late]) => (late === undefined ? [] : [[name, late]])))
  }

async function lateMs(port: number, path: string): Promise<number | undefined> {
  const within = AbortSignal.timeout(withinMs)
  try {
    const answer: unknown = await (await fetch(`http://127.0.0.1:${port}${path}`, { signal: within })).json()
    return typeof answer === 'object' && answer !== null && 'lateMs' in answer ? Number(answer.lateMs) : undefined
  } catch {
    return within.aborted ? withinMs : undefined
  }
}

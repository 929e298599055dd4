import { Pool } from 'undici'

const clients = 32

/** One route that reads from the replica through the pool. */
const route = '/api/games?sport=nba&day=2015-01-02'

/** Requests answered in a second by so many clients that each keep one connection. */
export async function throughput(origin: string, ms: number, ca?: string): Promise<number> {
  const pool = new Pool(origin, {
    connections: clients,
    pipelining: 1,
    allowH2: false,
    ...(ca === undefined ? {} : { connect: { ca } }),
  })
  const until = performance.now() + ms
  let answered = 0
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: route })
      await body.dump()
      if (statusCode !== 200) throw new Error(`${origin}${route} answered ${statusCode}`)
      answered += 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const elapsed = (performance.now() - begun) / 1000
  await pool.close()
  return answered / elapsed
}

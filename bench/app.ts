import { readFile } from 'node:fs/promises'
import { Pool } from 'undici'
import { TestInstance } from '../test/instance.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'

const rounds = 10
const clients = 32
const roundMs = 3000
/** One route that reads from the replica through the pool; the same in both rows. */
const route = '/api/games?sport=nba&day=2015-01-02'

/** The API through nginx with TLS, against one of its processes called directly. */
async function throughNginx(bench: Bench): Promise<void> {
  const instance = await TestInstance.make()
  try {
    await instance.must('up', '--no-load-test')
    const { addresses, certificateAuthority } = await instance.status()
    const ca = await readFile(certificateAuthority, 'utf8')
    const direct = `http://127.0.0.1:${await directPort(instance)}`
    const ratios: number[] = []
    await inRounds(
      bench,
      rounds,
      async (counts) => {
        const through = await throughput(addresses.site, ca)
        const ratio = through / (await throughput(direct))
        if (counts) ratios.push(ratio)
      },
      1,
    )
    bench.found(result('API through nginx against one process directly', '×', { atLeast: 0.8 }, ratios))
  } finally {
    await instance.remove()
  }
}

export const parts: readonly Part[] = [{ name: 'app', measure: throughNginx }]

async function directPort(instance: TestInstance): Promise<string> {
  return (await instance.read('s6/api1/environment/PORT')).trim()
}

/** Requests answered in a second by so many clients that each keep one connection. */
async function throughput(origin: string, ca?: string): Promise<number> {
  const pool = new Pool(origin, {
    connections: clients,
    pipelining: 1,
    allowH2: false,
    ...(ca === undefined ? {} : { connect: { ca } }),
  })
  const until = performance.now() + roundMs
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

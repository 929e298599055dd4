import type { Client } from 'pg'
import { addressesOf } from '../infrastructure/database/addresses.ts'
import { setInPool } from '../infrastructure/database/sabotage.ts'
import { connect } from '../src/engines/postgres.ts'
import { tlsFiles } from '../src/targets/local/certificate.ts'
import { TestInstance } from '../test/instance.ts'
import { hands } from '../test/sabotaged.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { parts as pooled } from './pooled.ts'
import { parts as queries } from './queries.ts'
import { result } from './result.ts'
import { parts as tuned } from './tuned.ts'

const rounds = 10
const clients = 16
const roundMs = 3000

/** What a clean session for each transaction costs: the smallest transaction there is, with it and without it. */
async function cleanSession(bench: Bench): Promise<void> {
  const instance = await TestInstance.make()
  try {
    // It ends with 1: alone, no agent keeps the pool at its minimum.
    await instance.edge(['deploy', 'database', '--yes'])
    const on = await hands(instance)
    const { app } = addressesOf(on.instance, tlsFiles(instance.state).ca)
    const connected = await Promise.all(Array.from({ length: clients }, () => connect(app)))
    const ratios: number[] = []
    await inRounds(
      bench,
      rounds,
      async (counts) => {
        const clean = await throughput(connected)
        await setInPool(on, 'server_reset_query_always', 0)
        const ratio = clean / (await throughput(connected))
        await setInPool(on, 'server_reset_query_always', 1)
        if (counts) ratios.push(ratio)
      },
      1,
    )
    await Promise.all(connected.map((client) => client.end()))
    bench.found(result('one row by key, in a clean session against a used one', '×', { atLeast: 0.7 }, ratios))
  } finally {
    await instance.remove()
  }
}

export const parts: readonly Part[] = [
  { name: 'clean session', measure: cleanSession },
  ...pooled,
  ...tuned,
  ...queries,
]

/** Transactions in a second, by clients that each keep their connection to the pool. */
async function throughput(connected: readonly Client[]): Promise<number> {
  const begun = performance.now()
  const answered = await Promise.all(
    connected.map(async (client) => {
      let count = 0
      for (; performance.now() < begun + roundMs; count += 1) {
        await client.query('select relname from pg_class where oid = $1', [1259])
      }
      return count
    }),
  )
  return answered.reduce((sum, count) => sum + count, 0) / ((performance.now() - begun) / 1000)
}

import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { hands } from '../test/sabotaged.ts'
import { TestInstance } from '../test/instance.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'
import { throughput } from './throughput.ts'

/** Those of the monitoring room. */
export const measuring = ['prometheus', 'alertmanager', 'node-exporter', 'postgres-exporter', 'edge-exporter']

const pairs = 8
/** Two rounds of questions of Prometheus, which asks every 15 s. */
const roundMs = 30_000
/** Prometheus has read its own log again by then, and asked everybody once. */
const settledMs = 20_000

/** What measuring takes from visitors where both cores have all that they can do: with it and without, by turns. */
async function underLoad(bench: Bench): Promise<void> {
  const instance = await TestInstance.make('database: undefined, monitoring: undefined, backup: undefined,')
  try {
    await instance.must('up', '--no-load-test')
    const { addresses, certificateAuthority } = await instance.status()
    const ca = await readFile(certificateAuthority, 'utf8')
    const on = await hands(instance, 'monitoring')
    const answered = () => throughput(addresses.site, roundMs, ca)
    const without = async (): Promise<number> => {
      for (const name of measuring) await on.stop(name)
      return answered()
    }
    const again = async (): Promise<number> => {
      await on.converge()
      await wait(settledMs)
      return answered()
    }
    const lost: number[] = []
    let isMeasured = true
    await inRounds(
      bench,
      pairs,
      async (counts) => {
        // Each second pair the other way round: a machine that gets slower says nothing about what measures.
        const first = await answered()
        const second = isMeasured ? await without() : await again()
        const [measured, unmeasured] = isMeasured ? [first, second] : [second, first]
        isMeasured = !isMeasured
        if (counts) lost.push((1 - measured / unmeasured) * 100)
      },
      1,
    )
    bench.found(result('throughput that monitoring takes at full load', '%', { atMost: 3 }, lost))
  } finally {
    await instance.remove()
  }
}

export const monitoringUnderLoad: Part = { name: 'monitoring under load', measure: underLoad }

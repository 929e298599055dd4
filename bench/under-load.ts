import { readFile } from 'node:fs/promises'
import { hands } from '../test/sabotaged.ts'
import { TestInstance } from '../test/instance.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'
import { throughput } from './throughput.ts'

/** Those of the monitoring room. */
export const measuring = ['prometheus', 'alertmanager', 'node-exporter', 'postgres-exporter', 'edge-exporter']

const samples = 10
/** Prometheus asks everybody once in it. */
const roundMs = 15_000

/**
 * What measuring takes from visitors where both cores have all that they can do. In each sample with it, twice without it, and
 * with it again, so that a machine that gets slower says nothing. Its programs are frozen, not ended: their start is not what
 * is asked about. What comes to the log meanwhile is read afterwards, so that is counted twice, if anything.
 */
async function underLoad(bench: Bench): Promise<void> {
  const instance = await TestInstance.make('database: undefined, monitoring: undefined, backup: undefined,')
  try {
    await instance.must('up', '--no-load-test')
    const { addresses, certificateAuthority } = await instance.status()
    const ca = await readFile(certificateAuthority, 'utf8')
    const { signal } = await hands(instance, 'monitoring')
    const answered = () => throughput(addresses.site, roundMs, ca)
    const frozen = async (): Promise<number> => {
      for (const name of measuring) await signal(name, 'SIGSTOP')
      try {
        return (await answered()) + (await answered())
      } finally {
        for (const name of measuring) await signal(name, 'SIGCONT')
      }
    }
    const lost: number[] = []
    await inRounds(
      bench,
      samples,
      async (counts) => {
        const first = await answered()
        const without = await frozen()
        const measured = first + (await answered())
        if (counts) lost.push((1 - measured / without) * 100)
      },
      1,
    )
    bench.found(result('throughput that monitoring takes at full load', '%', { atMost: 3 }, lost))
  } finally {
    await instance.remove()
  }
}

export const monitoringUnderLoad: Part = { name: 'monitoring under load', measure: underLoad }

import { readFile } from 'node:fs/promises'
import { TestInstance } from '../test/instance.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'
import { throughput } from './throughput.ts'

const rounds = 10
const roundMs = 3000

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
        const through = await throughput(addresses.site, roundMs, ca)
        const ratio = through / (await throughput(direct, roundMs))
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

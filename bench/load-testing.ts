import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeMillionRequests } from './million-requests.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'

const rounds = 10
const maker = join(import.meta.dirname, 'make-report.ts')

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-bench-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** From what k6 has recorded of a million requests to the page, the result and all else that a run leaves. */
const ofMillion = (bench: Bench): Promise<void> =>
  inFolder(async (folder) => {
    await writeMillionRequests(folder)
    const seconds: number[] = []
    const memory: number[] = []
    await inRounds(bench, rounds, async () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [maker, folder], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${maker} ended with ${status}: ${stderr}`)
      const made: { seconds: number; mebibytes: number } = JSON.parse(stdout)
      seconds.push(made.seconds)
      memory.push(made.mebibytes)
    })
    bench.found(result('report of a million requests', 's', { atMost: 3 }, seconds))
    bench.found(result('memory of making it', 'MiB', { atMost: 300 }, memory))
  })

export const parts: readonly Part[] = [{ name: 'report of a million requests', measure: ofMillion }]

import { readFile } from 'node:fs/promises'
import type { JudgementJson } from '../core/verify.ts'
import { metric } from '../core/metric.ts'

/** The newest verdict of each guarantee that is claimed, in the text form of Prometheus; nothing where none was ever verified. */
export async function guaranteeFigures(verdictsFile: string): Promise<string> {
  const verdicts = await verdictsIn(verdictsFile)
  const samples = verdicts.flatMap(({ id, verdict }) =>
    verdict === 'notClaimed' ? [] : [[`{id="${id}"}`, verdict === 'kept' ? 1 : 0] as const],
  )
  return metric('edge_guarantee_kept', 'gauge', 'Whether a guarantee was kept when it was verified last.', samples)
}

async function verdictsIn(file: string): Promise<readonly Pick<JudgementJson, 'id' | 'verdict'>[]> {
  try {
    // Written by history.ts, whose own reading of it needs 15 MB more of a process that runs all the time.
    return JSON.parse(await readFile(file, 'utf8')) as readonly JudgementJson[]
  } catch {
    // Not there yet, or damaged: no figure, and the others are not lost with it.
    return []
  }
}

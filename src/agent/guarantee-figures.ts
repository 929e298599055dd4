import { readFile } from 'node:fs/promises'
import type { JudgementJson } from '../core/verify.ts'
import { metric } from '../core/metric.ts'

/**
 * The newest verdict of each guarantee that is claimed, and when the last one was measured, in the text form of Prometheus;
 * nothing where none was ever verified.
 */
export async function guaranteeFigures(verdictsFile: string): Promise<string> {
  const verdicts = await verdictsIn(verdictsFile)
  const samples = verdicts.flatMap(({ id, verdict }) =>
    verdict === 'notClaimed' ? [] : [[`{id="${id}"}`, verdict === 'kept' ? 1 : 0] as const],
  )
  const silenced = verdicts.flatMap(({ id, evidence }) =>
    evidence?.facts['silenced'] === true ? [[`{id="${id}"}`, 1] as const] : [],
  )
  const times = verdicts.map(({ measuredAt }) => Date.parse(measuredAt) / 1000).filter(Number.isFinite)
  const verified = times.length === 0 ? [] : [['', Math.max(...times)] as const]
  return [
    metric('edge_verified_seconds', 'gauge', 'When a guarantee was verified last, in seconds since 1970.', verified),
    metric('edge_guarantee_kept', 'gauge', 'Whether a guarantee was kept when it was verified last.', samples),
    metric('edge_guarantee_silenced', 'gauge', 'Of an alarm that is broken as somebody silences it.', silenced),
  ].join('')
}

async function verdictsIn(
  file: string,
): Promise<readonly Pick<JudgementJson, 'id' | 'verdict' | 'evidence' | 'measuredAt'>[]> {
  try {
    // Written by history.ts, whose own reading of it needs 15 MB more of a process that runs all the time.
    return JSON.parse(await readFile(file, 'utf8')) as readonly JudgementJson[]
  } catch {
    // Not there yet, or damaged: no figure, and the others are not lost with it.
    return []
  }
}

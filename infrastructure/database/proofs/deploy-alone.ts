import { expect } from 'vitest'
import type { JudgementJson } from '../../../src/core/verify.ts'
import type { TestInstance } from '../../../test/instance.ts'

/** Alone it has no agent, whose connection keeps the pool at its minimum; every other promise of it must be kept. */
export async function deployDatabaseAlone(instance: TestInstance): Promise<void> {
  const { stdout, stderr } = await instance.edge(['deploy', 'database', '--yes', '--json'])
  const answer: { guarantees?: readonly JudgementJson[] } = JSON.parse(stdout || '{}')
  if (!answer.guarantees) throw new Error(`edge deploy database: ${stderr}`)
  const broken = answer.guarantees.filter(({ id, verdict }) => verdict === 'broken' && id !== 'database.poolMinimum')
  expect(broken).toEqual([])
}

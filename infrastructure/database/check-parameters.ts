import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import { parameterProblems } from './parameter-problems.ts'
import type { DatabaseEndpoint } from './local.ts'

/** Asks each running server for the values that it uses, and for what waits to be used. */
export async function parametersInForce({ addresses, cluster, wanted, settings }: DatabaseEndpoint): Promise<Verdict> {
  const expected = wanted.postgresql.parameters
  const found = await Promise.all(
    cluster.members.map(async (member) => {
      const problems = await parameterProblems(addresses.members[member], expected).catch((error: unknown) => [
        `cannot be asked (${messageOf(error)})`,
      ])
      return problems.map((problem) => `${member}: ${problem}`)
    }),
  )
  const problems = found.flat()
  const facts = {
    parameters: Object.keys(expected).length,
    'of your own': Object.keys(settings.parameters).length,
    members: cluster.members.length,
  }
  if (problems.length === 0) return kept(measured({ ...facts, 'waiting for a restart': 0 }))
  return broken(
    measured({ ...facts, wrong: problems.length }),
    problems.slice(0, 3).join('; '),
    'edge deploy database puts the configured parameters back, and restarts a member where that is needed',
  )
}

import { exit } from '../../src/core/errors.ts'
import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import type { DatabaseRun } from './verb-run.ts'
import { parameterProblems } from './parameter-problems.ts'
import type { DatabaseEndpoint } from './local.ts'
import type { Member } from './members.ts'

type ParameterSeen = {
  readonly name: string
  readonly wanted: string
  /** Who asked for it: the configuration, or edge itself. */
  readonly by: 'configuration' | 'edge'
  readonly inForce: Readonly<Partial<Record<Member, string>>>
}

/** `parameters`: each parameter as it is wanted, and as each running server uses it. Exit 1 where one is not in force. */
export const parameters: DatabaseRun = async (endpoint, world, _positional, options) => {
  const [seen, problems] = await Promise.all([parametersSeen(endpoint), problemsSeen(endpoint)])
  const json = { parameters: seen, problems }
  world.stdout.write(options['json'] === true ? `${JSON.stringify(json, undefined, 2)}\n` : inWords(seen, problems))
  return problems.length === 0 ? exit.ok : exit.failed
}

async function parametersSeen({ addresses, cluster, wanted, settings }: DatabaseEndpoint) {
  const { parameters: all } = wanted.postgresql
  const names = Object.keys(all).toSorted()
  const values = await Promise.all(
    cluster.members.map(async (member) => [member, await shown(names, addresses.members[member])] as const),
  )
  return names.map((name): ParameterSeen => ({
    name,
    wanted: String(all[name]),
    by: Object.hasOwn(settings.parameters, name) ? 'configuration' : 'edge',
    inForce: Object.fromEntries(values.map(([member, of]) => [member, of.get(name) ?? 'unknown'])),
  }))
}

/** As `SHOW` says it, with its unit; empty for a server that does not answer. */
async function shown(names: readonly string[], server: PgAddress): Promise<ReadonlyMap<string, string>> {
  const rows = await withClient(
    server,
    async (client) =>
      (
        await client.query<{ name: string; value: string }>(
          'select name, current_setting(name) as value from pg_settings where name = any($1)',
          [names],
        )
      ).rows,
    serverAnswersWithinMs,
  ).catch(() => [])
  return new Map(rows.map(({ name, value }) => [name, value]))
}

async function problemsSeen({ addresses, cluster, wanted }: DatabaseEndpoint): Promise<readonly string[]> {
  const found = await Promise.all(
    cluster.members.map(async (member) => {
      const problems = await parameterProblems(addresses.members[member], wanted.postgresql.parameters).catch(() => [
        'does not answer',
      ])
      return problems.map((problem) => `${member}: ${problem}`)
    }),
  )
  return found.flat()
}

function inWords(seen: readonly ParameterSeen[], problems: readonly string[]): string {
  const longest = Math.max(...seen.map(({ name }) => name.length))
  const rows = seen.map(({ name, wanted, by, inForce }) => {
    const values = [...new Set(Object.values(inForce))]
    const now =
      values.length === 1
        ? values.join('')
        : Object.entries(inForce)
            .map((pair) => pair.join(' '))
            .join(', ')
    return `${name.padEnd(longest)}  ${now}${now === wanted ? '' : `  (asked for: ${wanted})`}${by === 'edge' ? '' : '  yours'}`
  })
  const end = problems.length === 0 ? ['all in force on every member'] : problems.map((problem) => `✗ ${problem}`)
  return [...rows, ...end, ''].join('\n')
}
